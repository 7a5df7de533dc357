"""Two stages of one recording, at once or one after the other."""

from __future__ import annotations

import concurrent.futures
import subprocess
import sys
import threading
import time
from typing import Any

import pytest

from speakerplug.errors import Cancelled, ModelError
from speakerplug.pipeline.concurrent import run_cancellably, run_concurrently


def failing(error: BaseException) -> Any:
    def fail() -> None:
        raise error

    return fail


@pytest.mark.parametrize("at_once", [True, False])
def test_both_results_come_back(at_once: bool) -> None:
    """The first result first, however they ran."""
    assert run_concurrently(lambda: "words", lambda: "turns", at_once, stop=lambda: None) == ("words", "turns")


def test_at_once_means_at_the_same_time() -> None:
    """Each waits for the other to have begun: one after the other would never end."""
    meeting = threading.Barrier(2, timeout=30)
    run_concurrently(meeting.wait, meeting.wait, True, stop=lambda: None)
    assert not meeting.broken


def test_one_after_the_other_means_in_this_thread() -> None:
    """Without concurrency no thread is made, and the first is done before the second begins."""
    seen: list[tuple[str, threading.Thread]] = []
    run_concurrently(
        lambda: seen.append(("first", threading.current_thread())),
        lambda: seen.append(("second", threading.current_thread())),
        False,
        stop=lambda: None,
    )
    assert seen == [("first", threading.main_thread()), ("second", threading.main_thread())]


@pytest.mark.parametrize("at_once", [True, False])
def test_run_concurrently_second_fails_first_is_finished(at_once: bool) -> None:
    """Words are not lost because speakers could not be found: they are there when the error is raised."""
    done: list[str] = []

    def slow() -> None:
        time.sleep(0.05)
        done.append("words")

    with pytest.raises(ModelError, match="No ears"):
        run_concurrently(slow, failing(ModelError("No ears.")), at_once, stop=lambda: None)
    assert done == ["words"]


def test_where_the_first_fails_the_second_is_stopped() -> None:
    """Nobody waits an hour for the speakers of words that there are not; the first error is the one that is said."""
    told = threading.Event()

    def until_told() -> None:
        assert told.wait(30)
        raise Cancelled("Diarization was stopped.")

    with pytest.raises(ModelError, match="Deaf"):
        run_concurrently(failing(ModelError("Deaf.")), until_told, True, stop=told.set)


def test_an_interruption_stops_both(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C is heard by the waiting thread, and raised when both have ended."""
    told, ended = threading.Event(), []

    def until_told(name: str) -> None:
        assert told.wait(30)
        ended.append(name)
        raise Cancelled("stopped")

    def interrupted(*arguments: Any, **options: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("speakerplug.pipeline.concurrent.wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_concurrently(lambda: until_told("first"), lambda: until_told("second"), True, stop=told.set)
    assert sorted(ended) == ["first", "second"]


def test_an_interruption_does_not_wait_for_what_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that hears no stop is left alone, in a thread that does not keep the process from its end."""
    begun, released = threading.Event(), threading.Event()

    def hanging() -> None:
        assert threading.current_thread().daemon
        begun.set()
        released.wait(30)

    def interrupted(*arguments: Any, **options: Any) -> Any:
        assert begun.wait(30)
        raise KeyboardInterrupt

    monkeypatch.setattr("speakerplug.pipeline.concurrent.wait", interrupted)
    monkeypatch.setattr("speakerplug.pipeline.concurrent.LEAVE_S", 0.02)
    with pytest.raises(KeyboardInterrupt):
        run_concurrently(lambda: "words", hanging, True, stop=lambda: None)
    assert not released.is_set()
    released.set()


def test_run_cancellably_gives_what_the_work_gives() -> None:
    """Its result, or its error; what is cancelled before is not begun."""
    assert run_cancellably(lambda: "words", threading.Event()) == "words"
    with pytest.raises(ModelError, match="No ears"):
        run_cancellably(failing(ModelError("No ears.")), threading.Event())
    with pytest.raises(concurrent.futures.TimeoutError, match="its own"):
        run_cancellably(failing(concurrent.futures.TimeoutError("its own")), threading.Event())
    cancelled = threading.Event()
    cancelled.set()
    with pytest.raises(Cancelled):
        run_cancellably(failing(AssertionError("it was begun")), cancelled)


def test_run_cancellably_leaves_work_that_hangs() -> None:
    """Soon, though it hears nothing."""
    cancel, released = threading.Event(), threading.Event()

    def hang() -> None:
        cancel.set()
        released.wait(30)

    began = time.monotonic()
    with pytest.raises(Cancelled):
        run_cancellably(hang, cancel)
    assert time.monotonic() - began < 2.0
    released.set()


def test_run_cancellably_takes_a_result_that_comes_in_time() -> None:
    """Work that ends well while it is being cancelled has ended well."""
    cancel = threading.Event()
    assert run_cancellably(lambda: (cancel.set(), "words")[1], cancel) == "words"


SCRIPT = """
import os
import threading

import numpy as np

import speakerplug
from speakerplug.pipeline.background import BackgroundDiarization
from speakerplug.testing import FakeDiarizer, plugins_with, silence


class Slow(FakeDiarizer):
    def diarize(self, *given):
        begun.set()
        done.wait()
        return super().diarize(*given)


begun, done = threading.Event(), threading.Event()
ready = speakerplug.Transcriber(plugins=plugins_with(diarizer=Slow()), diarizer="fake", device="cpu")
speakers = BackgroundDiarization(ready, silence())
begun.wait()
child = os.fork()
if child == 0:
    for use in (
        lambda: ready.transcribe(silence()),
        lambda: ready.diarize(silence()),
        lambda: ready.attribute(silence(), ()),
        lambda: speakers.diarization,
        lambda: speakers.attribute(()),
    ):
        try:
            use()
        except speakerplug.SpeakerPlugError as error:
            print(type(error).__name__, error, flush=True)
    ready.close()
    os._exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
done.set()
print(speakers.diarization.turns)
ready.close()
"""


def test_what_was_made_before_a_fork_says_so_and_the_parent_goes_on() -> None:
    """Each use in the child is a UsageError with its remedy, and closing does nothing; the parent has its result."""
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60, check=False)
    *said, code, turns = done.stdout.splitlines()
    assert [line.split()[:4] for line in said] == [
        *3 * [["UsageError", "This", "Transcriber", "was"]],
        *2 * [["UsageError", "This", "diarization", "was"]],
    ], done.stderr
    assert all("make one in this process" in line for line in said)
    assert (code, turns) == ("7", "()")
