"""Hooks that misbehave: the plugin is named, and everything else goes on as if it were not there."""

from __future__ import annotations

import logging
import sys
import time
from asyncio import CancelledError
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from speakerplug import Diarization, Transcript, Word, hookimpl
from speakerplug.errors import ModelError, PluginError
from speakerplug.pipeline.transcriber import Transcriber
from speakerplug.plugin import (
    AlignerRegistration,
    DiarizerRegistration,
    FormatRegistration,
    ModelRegistration,
    RecognizerRegistration,
)
from speakerplug.plugin.guard import Guard, naming, told
from speakerplug.plugin.hooks import HOOKS
from speakerplug.plugin.manager import Plugins
from speakerplug.plugin.watch import Watch
from speakerplug.system.progress import ProgressEvent
from speakerplug.testing import FakeDiarizer, FakeRecognizer, plugins_with, silence, turns, words

HEARD = words(("hello", 0.1, 0.5), ("hi", 1.2, 1.4))
TURNS = turns((0, 1, "A"), (1.1, 1.5, "B"))

AT_WORK = [hook for hook in HOOKS if not hook.startswith("register_")]
REGISTERING = [hook for hook in HOOKS if hook.startswith("register_")]
WRAPPED = [hook for hook in HOOKS if not hook.startswith("modify_")]
ANSWERING = ("recognize", "diarize", "align", "modify_diarization", "modify_words", "modify_transcript")
BEFORE = ("recognize", "diarize")
"""Hooks that are called before anything is recognized."""
ASKED = ("recognize", "diarize", "align")


class UnspeakableError(Exception):
    """An error that fails to say what it is."""

    def __str__(self) -> str:
        raise RuntimeError("not even that")


class SilentError(Exception):
    """An error of no text."""


def raising(error: BaseException) -> Callable[[], Any]:
    def misbehave() -> Any:
        raise error

    return misbehave


RAISED = {
    "an error": ZeroDivisionError("oh"),
    "an error without text": SilentError(),
    "an error that cannot be told": UnspeakableError(),
    "sys.exit(0)": SystemExit(0),
    "sys.exit(3)": SystemExit(3),
    "StopIteration": StopIteration(5),
    "CancelledError": CancelledError("of asyncio"),
    "GeneratorExit": GeneratorExit(),
}


class Still:
    """A plugin whose aligner leaves the words where they are."""

    name = "still"

    @hookimpl
    def register_aligners(self, register: Any) -> None:
        register(AlignerRegistration(self.name, lambda settings: self))

    def prepare(self, *_: Any) -> None:
        """Nothing is needed."""

    def align(self, waveform: Any, words: Any, *_: Any) -> Any:
        return words


def implementing(hook: str, function: Callable[..., Any], **how: bool) -> object:
    """A plugin with one hook."""
    return type("Misbehaving", (), {hook: staticmethod(hookimpl(**how)(function))})()


def transcript_with(plugin: object, name: str = "culprit") -> tuple[Transcript, Plugins]:
    """What comes of two seconds beside a plugin, all of whose hooks are called on the way; and the plugins."""
    stages = {"recognizer": FakeRecognizer(HEARD), "diarizer": FakeDiarizer(TURNS)}
    plugins = plugins_with({name: plugin, "still": Still()}, **stages)
    with Transcriber(plugins=plugins, recognizer="fake", diarizer="fake", aligner="still", device="cpu") as ready:
        return ready.transcribe(silence(2.0)), plugins


def called(plugin: object, hook: str) -> Plugins:
    """The plugins after `hook` has been called, and the transcript has been what it is without the plugin."""
    transcript, plugins = transcript_with(plugin)
    assert [(word.text, word.speaker) for word in transcript.words] == [("hello", "A"), ("hi", "B")]
    if hook == "register_commands":
        from speakerplug.cli import Commands

        group = Commands("speakerplug")
        plugins.hook.register_commands(cli=group)
        assert "transcribe" in group.commands
    return plugins


@pytest.mark.parametrize("error", RAISED.values(), ids=RAISED)
@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_that_raises_is_named_once_and_changes_nothing(
    hook: str, error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever it raises, sys.exit included: one warning names plugin and hook, and the transcript is the same."""
    plugins = called(implementing(hook, raising(error)), hook)
    assert [(failure.plugin, hook in failure.reason) for failure in plugins.failures] == [("culprit", True)]
    warnings = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [record.getMessage().startswith(f"Plugin culprit: its {hook} failed: ") for record in warnings] == [True]


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_that_meets_ctrl_c_is_not_caught(hook: str) -> None:
    """KeyboardInterrupt is the user's, wherever it strikes."""
    with pytest.raises(KeyboardInterrupt):
        called(implementing(hook, raising(KeyboardInterrupt())), hook)


@pytest.mark.parametrize("hook", REGISTERING)
def test_a_hook_that_registers_and_raises_on_purpose_is_named_like_any_other(hook: str) -> None:
    """What a plugin says before any recording is at work stops nobody."""
    plugins = called(implementing(hook, raising(ModelError("Pay first."))), hook)
    assert [failure.reason for failure in plugins.failures] == [f"its {hook} failed: ModelError: Pay first."]


@pytest.mark.parametrize("hook", [hook for hook in AT_WORK if hook not in BEFORE])
def test_a_hook_at_work_that_raises_on_purpose_keeps_what_is_recognized(hook: str) -> None:
    """What a plugin says to the user stops the recording; words that are recognized by then come along."""
    with pytest.raises(ModelError, match=r"^Pay first\.$") as caught:
        transcript_with(implementing(hook, _at_diarization if hook == "report" else _pay))
    assert [word.text for word in caught.value.partial.words] == ["hello", "hi"]


def _pay() -> None:
    raise ModelError("Pay first.")


def _at_diarization(event: ProgressEvent) -> None:
    if event.stage == "diarization":
        raise ModelError("Pay first.")


USELESS = {
    "a list": ["not", "it"],
    "a text": "hello",
    "a number": 5,
    "strings among them": ("hello", "hi"),
    "tuples among them": ((0.0, 1.0, "A"),),
    "turns of texts": Diarization(turns(("0", "1", "A"))),  # type: ignore[arg-type]
    "turns of tuples": Diarization(((0.0, 1.0, "A"),)),  # type: ignore[arg-type]
    "a speaker that is no text": Diarization(turns((0.0, 1.0, 5))),  # type: ignore[arg-type]
    "turns that are none": Diarization(5),  # type: ignore[arg-type]
    "words of numbers": (Word(5, 0.0, 1.0),),  # type: ignore[arg-type]
    "words at texts": (Word("hi", "0", "1"),),  # type: ignore[arg-type]
    "the class": Diarization,
}


@pytest.mark.parametrize("given", USELESS.values(), ids=USELESS)
@pytest.mark.parametrize("hook", ANSWERING)
def test_a_hook_that_gives_back_what_nobody_can_use_is_named(hook: str, given: Any) -> None:
    """The value stays as it was, and the plugin and what it gave are said."""
    plugins = called(implementing(hook, lambda: given), hook)
    assert [(failure.plugin, f"its {hook}" in failure.reason) for failure in plugins.failures] == [("culprit", True)]


@pytest.mark.parametrize("hook", [hook for hook in HOOKS if hook not in ANSWERING])
def test_a_hook_that_is_asked_for_nothing_may_give_back_anything(hook: str) -> None:
    """Nobody looks at it."""
    assert called(implementing(hook, lambda: ["what", 5]), hook).failures == ()


def _before() -> Iterator[None]:
    raise ZeroDivisionError("oh")
    yield


def _exits_before() -> Iterator[None]:
    sys.exit(0)
    yield


def _never() -> Iterator[None]:
    if not TURNS:
        yield


def _after() -> Iterator[None]:
    yield
    raise ZeroDivisionError("oh")


def _exits_after() -> Iterator[None]:
    yield
    sys.exit(0)


def _twice() -> Iterator[None]:
    result = yield
    yield
    return result


FAILING = (_before, _exits_before, _never, _after, _exits_after, _twice)


@pytest.mark.parametrize("how", ["wrapper", "hookwrapper"])
@pytest.mark.parametrize("function", FAILING)
@pytest.mark.parametrize("hook", WRAPPED)
def test_a_wrapper_that_fails_is_named_and_what_it_wraps_goes_on(hook: str, function: Any, how: str) -> None:
    """Before or after it yields, not at all or too often, of pluggy's new kind or the old: it is as if not there."""
    plugins = called(implementing(hook, function, **{how: True}), hook)
    assert [(failure.plugin, f"its {hook}" in failure.reason) for failure in plugins.failures] == [("culprit", True)]


def _useless() -> Iterator[None]:
    yield
    return ["not", "it"]


def _forgetful() -> Iterator[None]:
    yield


@pytest.mark.parametrize("function", [_useless, _forgetful])
@pytest.mark.parametrize("hook", ASKED)
def test_a_wrapper_that_gives_back_no_answer_is_named(hook: str, function: Any) -> None:
    """Also one that forgets to give back what it wraps."""
    plugins = called(implementing(hook, function, wrapper=True), hook)
    assert [failure.plugin for failure in plugins.failures] == ["culprit"]


def test_an_old_wrapper_that_forces_another_result_is_named() -> None:
    """pluggy lets old wrappers exchange the result in its place."""

    class Old:
        @hookimpl(hookwrapper=True)
        def diarize(self) -> Iterator[None]:
            outcome: Any = yield
            outcome.force_result("nobody")

    assert [failure.plugin for failure in called(Old(), "diarize").failures] == ["culprit"]


@pytest.mark.parametrize("how", ["wrapper", "hookwrapper"])
def test_a_wrapper_that_works_is_heard(how: str) -> None:
    """The guard changes nothing for a plugin that keeps the rules."""
    only = Diarization(turns((0, 2, "ONE")), turns((0, 2, "ONE")))

    class New:
        @hookimpl(wrapper=True)
        def diarize(self) -> Iterator[None]:
            assert (yield).turns == TURNS  # type: ignore[func-returns-value,attr-defined]
            return only

    class Old:
        @hookimpl(hookwrapper=True)
        def diarize(self) -> Iterator[None]:
            outcome: Any = yield
            assert outcome.get_result().turns == TURNS
            outcome.force_result(only)

    transcript, plugins = transcript_with(New() if how == "wrapper" else Old())
    assert {word.speaker for word in transcript.words} == {"ONE"}
    assert plugins.failures == ()


def test_a_wrapper_may_answer_for_a_diarizer_that_fails_and_may_not_hide_it() -> None:
    """What it answers in place of an error is taken; an error without an answer stays one, with the plugin named."""

    class Rescuer:
        answer: Any = Diarization(turns((0, 2, "SAVED")))

        @hookimpl(wrapper=True)
        def diarize(self) -> Iterator[None]:
            try:
                return (yield)
            except RuntimeError:
                return self.answer

    plugin = Rescuer()
    broken = FakeDiarizer(error=RuntimeError("out of ears"))
    plugins = plugins_with({"rescuer": plugin}, recognizer=FakeRecognizer(HEARD), diarizer=broken)
    with Transcriber(plugins=plugins, recognizer="fake", diarizer="fake", device="cpu") as ready:
        assert {word.speaker for word in ready.transcribe(silence(2.0)).words} == {"SAVED"}
        plugin.answer = None
        with pytest.raises(PluginError, match="out of ears"):
            ready.transcribe(silence(2.0))
    assert [failure.plugin for failure in plugins.failures] == ["rescuer"]


@pytest.mark.parametrize("name", ["speakerplug.x", "speakerplug.cli2", "speakerplug."])
def test_a_plugin_called_like_one_of_ours_is_guarded_like_any_other(name: str) -> None:
    """A name is no reason for trust."""
    _, plugins = transcript_with(implementing("report", raising(SystemExit(0))), name)
    assert [failure.plugin for failure in plugins.failures] == [name]


OFFERS: dict[str, Callable[[Any], Any]] = {
    "recognizers": lambda name: RecognizerRegistration(name, lambda settings: None),  # type: ignore[arg-type,return-value]
    "diarizers": lambda name: DiarizerRegistration(name, lambda settings: None),  # type: ignore[arg-type,return-value]
    "aligners": lambda name: AlignerRegistration(name, lambda settings: None),  # type: ignore[arg-type,return-value]
    "models": lambda name: ModelRegistration(name, "ear", lambda: None),  # type: ignore[arg-type,return-value]
}
"""How something of each kind is offered under a name."""


async def _async() -> None:
    """Nobody awaits it."""


def _yields() -> Iterator[None]:
    yield


@pytest.mark.parametrize(("function", "said"), [(_async, "is async"), (_yields, "is marked as no wrapper")])
def test_a_hook_that_would_never_run_is_refused(function: Any, said: str) -> None:
    """It would be silently useless, as a misspelt one is."""
    (failure,) = called(implementing("report", function), "report").failures
    assert said in failure.reason


@pytest.mark.parametrize("hook", ["modify_diarization", "modify_words", "modify_transcript"])
def test_a_refinement_that_wraps_is_refused(hook: str) -> None:
    """It is given what the plugin before it made; there is nothing around it."""
    (failure,) = called(implementing(hook, _yields, wrapper=True), hook).failures
    assert f"its {hook} wraps" in failure.reason


def _hashless() -> object:
    class Hashless:
        def __hash__(self) -> int:
            sys.exit(0)

    return Hashless()


def _opaque() -> object:
    class Opaque:
        def __dir__(self) -> list[str]:
            raise RuntimeError("do not look")

    return Opaque()


def _unreadable() -> object:
    class Unreadable:
        @property
        def report(self) -> None:
            sys.exit(0)

    return Unreadable()


def test_a_plugin_that_breaks_while_it_is_registered_leaves_no_hook_behind() -> None:
    """Hooks that were found before it broke are not called unguarded."""

    class Half:
        zebra = 1

        def __getattribute__(self, name: str) -> Any:
            if name == "zebra":
                sys.exit(0)
            return object.__getattribute__(self, name)

        @hookimpl
        def diarize(self) -> Diarization:
            raise RuntimeError("out of ears")

    assert {failure.plugin for failure in called(Half(), "diarize").failures} == {"culprit"}


def test_a_plugin_that_is_none_is_refused() -> None:
    """An entry point may lead to nothing, which would offer nothing in silence."""
    assert [failure.reason for failure in plugins_with({"culprit": None}).failures] == ["it is None"]


@pytest.mark.parametrize("make", [_hashless, _opaque, _unreadable])
def test_a_plugin_that_cannot_even_be_looked_at_is_named(make: Callable[[], object]) -> None:
    """Whatever it does when it is registered."""
    plugins = plugins_with({"culprit": make(), "good": implementing("report", lambda: None)})
    assert "good" in plugins.names
    assert {failure.plugin for failure in plugins.failures} <= {"culprit"}


@pytest.mark.parametrize("name", [5, None, b"bytes", ("a", "b")])
def test_a_plugin_whose_name_is_no_text_is_refused(name: Any) -> None:
    """Lists of names are for reading."""
    plugins = plugins_with()
    plugins.add(name, object())
    assert [failure.plugin for failure in plugins.failures] == [str(name)]
    assert all(isinstance(loaded, str) for loaded in plugins.names)


@pytest.mark.parametrize("name", [5, None, "", "  ", ["a"], b"ear", "--embed-subs"])
@pytest.mark.parametrize("kind", ["recognizers", "diarizers", "aligners", "formats", "models"])
def test_an_offer_whose_name_is_no_text_is_refused_and_the_next_kept(kind: str, name: Any) -> None:
    """It is the plugin's one mistake: what else it offers is there, and lists can be shown."""

    def register(register: Any) -> None:
        for each in (name, "good"):
            register(OFFERS[kind](each) if kind in OFFERS else FormatRegistration(each, write=lambda transcript: ""))

    plugins = plugins_with({"culprit": implementing(f"register_{kind}", register)})
    assert "good" in getattr(plugins, kind)
    assert [failure.plugin for failure in plugins.failures] == ["culprit"]
    assert all(isinstance(offered, str) for offered in getattr(plugins, kind))


@pytest.mark.parametrize(
    "given",
    [
        None,
        "x",
        FormatRegistration("x"),
        FormatRegistration("x", matches=print),  # type: ignore[arg-type]
        FormatRegistration("x", write=5),  # type: ignore[arg-type]
        FormatRegistration("x", read=5),  # type: ignore[arg-type]
        FormatRegistration("x", 5, write=str),  # type: ignore[arg-type]
        FormatRegistration("x", suffix=5, write=str),  # type: ignore[arg-type]
        FormatRegistration("x", suffix="/etc/.x", write=str),
        FormatRegistration("x", write=str, takes=("everything",)),
        FormatRegistration("x", write=str, takes="rules"),
    ],
)
def test_register_formats_of_what_is_no_format_is_refused(given: Any) -> None:
    """What neither writes nor reads, cannot be called, or whose suffix, description or arguments cannot be."""
    plugins = plugins_with({"culprit": implementing("register_formats", lambda register: register(given))})
    assert "x" not in plugins.formats
    assert [failure.plugin for failure in plugins.failures] == ["culprit"]


@pytest.mark.parametrize("given", [None, 5, "alp", object()])
@pytest.mark.parametrize("kind", OFFERS)
def test_registration_of_another_type_is_refused(kind: str, given: Any) -> None:
    """Each kind has its own, and the type that it should be is named."""
    plugins = plugins_with({"culprit": implementing(f"register_{kind}", lambda register: register(given))})
    (failure,) = plugins.failures
    assert f"is no {kind.capitalize()[:-1]}Registration" in failure.reason


@pytest.mark.parametrize(
    "given",
    [
        DiarizerRegistration("x", None),  # type: ignore[arg-type]
        DiarizerRegistration("x", print, fetch="url"),  # type: ignore[arg-type]
        DiarizerRegistration("x", print, description=5),  # type: ignore[arg-type]
    ],
)
def test_registration_with_a_field_of_another_type_is_refused(given: DiarizerRegistration) -> None:
    """What cannot be called is found when it is offered, and not when it is needed."""
    plugins = plugins_with({"culprit": implementing("register_diarizers", lambda register: register(given))})
    assert "x" not in plugins.diarizers
    assert [failure.plugin for failure in plugins.failures] == ["culprit"]


def test_model_registration_without_a_number_for_its_rank_is_refused() -> None:
    """Models are compared by it."""
    bad = ModelRegistration("x", "ear", lambda: None, rank="high")  # type: ignore[arg-type,return-value]
    plugins = plugins_with({"culprit": implementing("register_models", lambda register: register(bad))})
    assert [failure.plugin for failure in plugins.failures] == ["culprit"]


def test_a_call_that_takes_long_is_named_while_it_does(caplog: pytest.LogCaptureFixture) -> None:
    """A hook that may never end is known by its name; one that ends soon is not mentioned."""
    watch = Watch(long_s=0.05)
    with watch.over("quick", "report"):
        pass
    with watch.over("slow", "report"), watch.over("slow", "diarize"):
        deadline = time.monotonic() + 10
        while not caplog.records and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.1)
    assert [record.getMessage() for record in caplog.records] == [
        "Plugin slow: its report has taken more than 0.05 s so far."
    ]


def test_the_watch_of_calls_that_have_ended_ends() -> None:
    """No thread is left behind by hooks that are done; the next call has one again."""
    watch = Watch(long_s=0.02)
    with watch.over("one", "report"):
        thread = watch._thread
    assert thread is not None
    thread.join(10)
    assert not thread.is_alive()
    with watch.over("one", "report"):
        assert watch._thread is not None
        assert watch._thread is not thread


def test_every_hook_is_watched() -> None:
    """The guard has a watch of ten seconds over what it calls."""
    guard = Guard(lambda plugin, reason: None)
    with guard.around("any", "report"):
        assert [what for _, *what in guard._watch._calls.values()] == [["any", "report"]]
    assert guard._watch._calls == {}
    assert guard._watch._long_s == 10.0


def test_a_stage_that_exits_is_an_error_that_names_it() -> None:
    """sys.exit in a diarizer is the diarizer's failure, and never the end of the program."""
    said = r"Diarizer x failed \(it called sys\.exit\(0\)\).*update the plugin y"
    with pytest.raises(PluginError, match=said), naming("Diarizer x", "y"):
        sys.exit(0)


def test_an_error_is_told_in_a_line() -> None:
    """By its type and the first line of its text, however odd the error is."""
    assert told(ValueError("a\nb")) == "ValueError: a"
    assert told(SilentError()) == "SilentError: SilentError"
    assert told(UnspeakableError()) == "UnspeakableError: it cannot say why"
    assert told(SystemExit()) == "it called sys.exit()"
