"""Hooks that misbehave: the plugin is reported, and everything else continues as if it were not there."""

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

SPOKEN = words(("hello", 0.1, 0.5), ("hi", 1.2, 1.4))
TURNS = turns((0, 1, "A"), (1.1, 1.5, "B"))

AT_WORK = [hook for hook in HOOKS if not hook.startswith("register_")]
REGISTERING = [hook for hook in HOOKS if hook.startswith("register_")]
WRAPPED = [hook for hook in HOOKS if not hook.startswith("modify_")]
ANSWERING = ("recognize", "diarize", "align", "modify_diarization", "modify_words", "modify_transcript")
BEFORE = ("recognize", "diarize")
"""Hooks that are called before anything is recognized."""
ASKED = ("recognize", "diarize", "align")


class UnspeakableError(Exception):
    """An error whose text cannot be read."""

    def __str__(self) -> str:
        raise RuntimeError("not even that")


class SilentError(Exception):
    """An error without a message."""


def raising(error: BaseException) -> Callable[[], Any]:
    def misbehave() -> Any:
        raise error

    return misbehave


RAISED = {
    "an error": ZeroDivisionError("oh"),
    "an error without text": SilentError(),
    "an error without a readable text": UnspeakableError(),
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
        """Do nothing: no model is needed."""

    def align(self, waveform: Any, words: Any, *_: Any) -> Any:
        return words


def implementing(hook: str, function: Callable[..., Any], **how: bool) -> object:
    """Return a plugin with one hook."""
    return type("Misbehaving", (), {hook: staticmethod(hookimpl(**how)(function))})()


def transcript_with(plugin: object, name: str = "culprit") -> tuple[Transcript, Plugins]:
    """Transcribe two seconds with a plugin, all of whose hooks are called; return the transcript and the plugins."""
    stages = {"recognizer": FakeRecognizer(SPOKEN), "diarizer": FakeDiarizer(TURNS)}
    plugins = plugins_with({name: plugin, "still": Still()}, **stages)
    with Transcriber(plugins=plugins, recognizer="fake", diarizer="fake", aligner="still", device="cpu") as ready:
        return ready.transcribe(silence(2.0)), plugins


def called(plugin: object, hook: str) -> Plugins:
    """Return the plugins after `hook` was called, and the transcript was what it is without the plugin."""
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
def test_hook_that_raises_is_reported_once_and_changes_nothing(
    hook: str, error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever it raises, even sys.exit: one warning names plugin and hook, and the transcript is the same."""
    plugins = called(implementing(hook, raising(error)), hook)
    assert [(failure.plugin, hook in failure.reason) for failure in plugins.failures] == [("culprit", True)]
    warnings = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [record.getMessage().startswith(f"Plugin culprit: its {hook} failed: ") for record in warnings] == [True]


@pytest.mark.parametrize("hook", HOOKS)
def test_hook_interrupted_by_ctrl_c_is_not_caught(hook: str) -> None:
    """KeyboardInterrupt is the user's, wherever it strikes."""
    with pytest.raises(KeyboardInterrupt):
        called(implementing(hook, raising(KeyboardInterrupt())), hook)


@pytest.mark.parametrize("hook", REGISTERING)
def test_registering_hook_that_raises_a_speakerplug_error_is_reported(hook: str) -> None:
    """What a plugin raises before a recording is processed stops nothing."""
    plugins = called(implementing(hook, raising(ModelError("Pay first."))), hook)
    assert [failure.reason for failure in plugins.failures] == [f"its {hook} failed: ModelError: Pay first."]


@pytest.mark.parametrize("hook", [hook for hook in AT_WORK if hook not in BEFORE])
def test_running_hook_that_raises_a_speakerplug_error_keeps_recognized_words(hook: str) -> None:
    """A plugin's error for the user stops the recording; the words that are recognized by then come with it."""
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
    "a speaker that is not a string": Diarization(turns((0.0, 1.0, 5))),  # type: ignore[arg-type]
    "turns that are none": Diarization(5),  # type: ignore[arg-type]
    "words of numbers": (Word(5, 0.0, 1.0),),  # type: ignore[arg-type]
    "words at texts": (Word("hi", "0", "1"),),  # type: ignore[arg-type]
    "the class": Diarization,
}


@pytest.mark.parametrize("given", USELESS.values(), ids=USELESS)
@pytest.mark.parametrize("hook", ANSWERING)
def test_hook_with_an_invalid_result_is_reported(hook: str, given: Any) -> None:
    """The value stays as it was, and the plugin and its result are named."""
    plugins = called(implementing(hook, lambda: given), hook)
    assert [(failure.plugin, f"its {hook}" in failure.reason) for failure in plugins.failures] == [("culprit", True)]


@pytest.mark.parametrize("hook", [hook for hook in HOOKS if hook not in ANSWERING])
def test_hook_without_a_result_may_return_anything(hook: str) -> None:
    """Its result is ignored."""
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
def test_wrapper_that_fails_is_reported_and_what_it_wraps_continues(hook: str, function: Any, how: str) -> None:
    """Before or after it yields, not at all or too often, new-style or old-style: as if it were not there."""
    plugins = called(implementing(hook, function, **{how: True}), hook)
    assert [(failure.plugin, f"its {hook}" in failure.reason) for failure in plugins.failures] == [("culprit", True)]


def _useless() -> Iterator[None]:
    yield
    return ["not", "it"]


def _forgetful() -> Iterator[None]:
    yield


@pytest.mark.parametrize("function", [_useless, _forgetful])
@pytest.mark.parametrize("hook", ASKED)
def test_wrapper_that_returns_an_invalid_result_is_reported(hook: str, function: Any) -> None:
    """Also one that forgets to return what it wraps."""
    plugins = called(implementing(hook, function, wrapper=True), hook)
    assert [failure.plugin for failure in plugins.failures] == ["culprit"]


def test_old_style_wrapper_that_forces_an_invalid_result_is_reported() -> None:
    """pluggy lets old-style wrappers replace the result in place."""

    class Old:
        @hookimpl(hookwrapper=True)
        def diarize(self) -> Iterator[None]:
            outcome: Any = yield
            outcome.force_result("nobody")

    assert [failure.plugin for failure in called(Old(), "diarize").failures] == ["culprit"]


@pytest.mark.parametrize("how", ["wrapper", "hookwrapper"])
def test_wrapper_that_works_is_called(how: str) -> None:
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


def test_wrapper_may_answer_for_a_failing_diarizer_but_not_hide_the_error() -> None:
    """Its answer in place of an error is used; an error without an answer stays one, with the plugin named."""

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
    plugins = plugins_with({"rescuer": plugin}, recognizer=FakeRecognizer(SPOKEN), diarizer=broken)
    with Transcriber(plugins=plugins, recognizer="fake", diarizer="fake", device="cpu") as ready:
        assert {word.speaker for word in ready.transcribe(silence(2.0)).words} == {"SAVED"}
        plugin.answer = None
        with pytest.raises(PluginError, match="out of ears"):
            ready.transcribe(silence(2.0))
    assert [failure.plugin for failure in plugins.failures] == ["rescuer"]


@pytest.mark.parametrize("name", ["speakerplug.x", "speakerplug.cli2", "speakerplug."])
def test_plugin_with_the_name_of_a_built_in_one_is_guarded(name: str) -> None:
    """A name is no reason for trust."""
    _, plugins = transcript_with(implementing("report", raising(SystemExit(0))), name)
    assert [failure.plugin for failure in plugins.failures] == [name]


OFFERS: dict[str, Callable[[Any], Any]] = {
    "recognizers": lambda name: RecognizerRegistration(name, lambda settings: None),  # type: ignore[arg-type,return-value]
    "diarizers": lambda name: DiarizerRegistration(name, lambda settings: None),  # type: ignore[arg-type,return-value]
    "aligners": lambda name: AlignerRegistration(name, lambda settings: None),  # type: ignore[arg-type,return-value]
    "models": lambda name: ModelRegistration(name, "ear", lambda: None),  # type: ignore[arg-type,return-value]
}
"""How something of each kind is registered under a name."""


async def _async() -> None:
    """It would never be awaited."""


def _yields() -> Iterator[None]:
    yield


@pytest.mark.parametrize(("function", "said"), [(_async, "is async"), (_yields, "is not marked as a wrapper")])
def test_hook_that_would_never_run_is_rejected(function: Any, said: str) -> None:
    """It would have no effect, as a misspelled one."""
    (failure,) = called(implementing("report", function), "report").failures
    assert said in failure.reason


@pytest.mark.parametrize("hook", ["modify_diarization", "modify_words", "modify_transcript"])
def test_refinement_that_wraps_is_rejected(hook: str) -> None:
    """It gets the result of the previous plugin; there is nothing to wrap."""
    (failure,) = called(implementing(hook, _yields, wrapper=True), hook).failures
    assert f"its {hook} is a wrapper" in failure.reason


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


def test_plugin_that_fails_during_registration_leaves_no_hook() -> None:
    """Hooks that were found before are not called unguarded."""

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


def test_plugin_that_is_none_is_rejected() -> None:
    """An entry point may lead to None, which would register nothing without a message."""
    assert [failure.reason for failure in plugins_with({"culprit": None}).failures] == ["it is None"]


@pytest.mark.parametrize("make", [_hashless, _opaque, _unreadable])
def test_plugin_that_raises_when_inspected_is_reported(make: Callable[[], object]) -> None:
    """Whatever it does when it is registered."""
    plugins = plugins_with({"culprit": make(), "good": implementing("report", lambda: None)})
    assert "good" in plugins.names
    assert {failure.plugin for failure in plugins.failures} <= {"culprit"}


@pytest.mark.parametrize("name", [5, None, b"bytes", ("a", "b")])
def test_plugin_whose_name_is_not_a_string_is_rejected(name: Any) -> None:
    """Lists of names are shown to users."""
    plugins = plugins_with()
    plugins.add(name, object())
    assert [failure.plugin for failure in plugins.failures] == [str(name)]
    assert all(isinstance(loaded, str) for loaded in plugins.names)


@pytest.mark.parametrize("name", [5, None, "", "  ", ["a"], b"ear", "--embed-subs"])
@pytest.mark.parametrize("kind", ["recognizers", "diarizers", "aligners", "formats", "models"])
def test_registration_whose_name_is_not_a_string_is_rejected_and_the_next_kept(kind: str, name: Any) -> None:
    """Only this one is lost: the plugin's other registrations are kept, and lists can be shown."""

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
def test_register_formats_of_an_invalid_format_is_rejected(given: Any) -> None:
    """One that neither writes nor reads, is not callable, or has an invalid suffix, description or arguments."""
    plugins = plugins_with({"culprit": implementing("register_formats", lambda register: register(given))})
    assert "x" not in plugins.formats
    assert [failure.plugin for failure in plugins.failures] == ["culprit"]


@pytest.mark.parametrize("given", [None, 5, "alp", object()])
@pytest.mark.parametrize("kind", OFFERS)
def test_registration_of_a_wrong_type_is_rejected(kind: str, given: Any) -> None:
    """Each kind has its own type, which is named."""
    plugins = plugins_with({"culprit": implementing(f"register_{kind}", lambda register: register(given))})
    (failure,) = plugins.failures
    assert f"is not a {kind.capitalize()[:-1]}Registration" in failure.reason


@pytest.mark.parametrize(
    "given",
    [
        DiarizerRegistration("x", None),  # type: ignore[arg-type]
        DiarizerRegistration("x", print, fetch="url"),  # type: ignore[arg-type]
        DiarizerRegistration("x", print, description=5),  # type: ignore[arg-type]
    ],
)
def test_registration_with_a_field_of_a_wrong_type_is_rejected(given: DiarizerRegistration) -> None:
    """What is not callable is found when it is registered, not when it is needed."""
    plugins = plugins_with({"culprit": implementing("register_diarizers", lambda register: register(given))})
    assert "x" not in plugins.diarizers
    assert [failure.plugin for failure in plugins.failures] == ["culprit"]


def test_model_registration_without_a_number_for_its_rank_is_rejected() -> None:
    """Models are compared by it."""
    bad = ModelRegistration("x", "ear", lambda: None, rank="high")  # type: ignore[arg-type,return-value]
    plugins = plugins_with({"culprit": implementing("register_models", lambda register: register(bad))})
    assert [failure.plugin for failure in plugins.failures] == ["culprit"]


def test_call_that_takes_long_is_reported_while_it_runs(caplog: pytest.LogCaptureFixture) -> None:
    """A hook that may never end is named; one that ends soon is not."""
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


def test_watch_without_calls_ends_its_thread() -> None:
    """No thread is left by hooks that have ended; the next call starts one again."""
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
    """The guard watches its calls with a limit of ten seconds."""
    guard = Guard(lambda plugin, reason: None)
    with guard.around("any", "report"):
        assert [what for _, *what in guard._watch._calls.values()] == [["any", "report"]]
    assert guard._watch._calls == {}
    assert guard._watch._long_s == 10.0


def test_stage_that_exits_raises_an_error_that_names_it() -> None:
    """sys.exit in a diarizer is the diarizer's failure, and never the end of the program."""
    said = r"Diarizer x failed \(it called sys\.exit\(0\)\).*update the plugin y"
    with pytest.raises(PluginError, match=said), naming("Diarizer x", "y"):
        sys.exit(0)


def test_told_of_any_error_is_one_line() -> None:
    """Its type and the first line of its message, however odd the error is."""
    assert told(ValueError("a\nb")) == "ValueError: a"
    assert told(SilentError()) == "SilentError: SilentError"
    assert told(UnspeakableError()) == "UnspeakableError: without a message"
    assert told(SystemExit()) == "it called sys.exit()"
