"""Hooks that misbehave: the plugin is reported, and everything else continues as if it were not there."""

from __future__ import annotations

import logging
import sys
import time
from asyncio import CancelledError
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from speakerplug import Diarization, Word, hookimpl
from speakerplug.errors import ModelError, PluginError
from speakerplug.pipeline.transcriber import Transcriber
from speakerplug.plugin.guard import Guard, naming, told
from speakerplug.plugin.hooks import HOOKS
from speakerplug.plugin.watch import Watch
from speakerplug.system.progress import ProgressEvent
from speakerplug.testing import FakeDiarizer, FakeRecognizer, plugins_with, silence, turns

from .misbehaving import SPOKEN, TURNS, called, implementing, transcript_with

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
