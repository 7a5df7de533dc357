"""Two stages of one recording run concurrently or one after the other; calls are canceled."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from concurrent import futures
from typing import Any

import pytest

from speakerplug.errors import Cancelled, ModelError
from speakerplug.pipeline.concurrent import run_cancellably, run_concurrently


def failing(error: BaseException) -> Any:
    def fail() -> None:
        raise error

    return fail


@pytest.mark.parametrize("concurrent", [True, False])
def test_run_concurrently_returns_both_results(concurrent: bool) -> None:
    """The first result comes first, however they ran."""
    assert run_concurrently(lambda: "words", lambda: "turns", concurrent, stop=lambda: None) == ("words", "turns")


def test_run_concurrently_runs_both_at_the_same_time() -> None:
    """Each waits until the other has started: one after the other would never end."""
    meeting = threading.Barrier(2, timeout=30)
    run_concurrently(meeting.wait, meeting.wait, True, stop=lambda: None)
    assert not meeting.broken


def test_run_concurrently_when_not_concurrent_stays_in_this_thread() -> None:
    """No thread is started, and the first is done before the second starts."""
    seen: list[tuple[str, threading.Thread]] = []
    run_concurrently(
        lambda: seen.append(("first", threading.current_thread())),
        lambda: seen.append(("second", threading.current_thread())),
        False,
        stop=lambda: None,
    )
    assert seen == [("first", threading.main_thread()), ("second", threading.main_thread())]


@pytest.mark.parametrize("concurrent", [True, False])
def test_run_concurrently_second_fails_first_is_finished(concurrent: bool) -> None:
    """The words are there when the error of the diarization is raised."""
    done: list[str] = []

    def slow() -> None:
        time.sleep(0.05)
        done.append("words")

    with pytest.raises(ModelError, match="No weights"):
        run_concurrently(slow, failing(ModelError("No weights.")), concurrent, stop=lambda: None)
    assert done == ["words"]


def test_run_concurrently_first_fails_second_is_stopped() -> None:
    """Speakers are useless without words; the first error is raised."""
    stopped = threading.Event()

    def until_stopped() -> None:
        assert stopped.wait(30)
        raise Cancelled("Diarization was stopped.")

    with pytest.raises(ModelError, match="No model"):
        run_concurrently(failing(ModelError("No model.")), until_stopped, True, stop=stopped.set)


def test_run_concurrently_second_stops_first_raises_its_own_error() -> None:
    """The error that stopped everything is raised, not that something was stopped."""
    stopped = threading.Event()

    def until_stopped() -> None:
        assert stopped.wait(30)
        raise Cancelled("Recognition was stopped.")

    def stopping() -> None:
        stopped.set()
        raise ModelError("No weights.")

    with pytest.raises(ModelError, match="No weights"):
        run_concurrently(until_stopped, stopping, True, stop=stopped.set)


def test_run_concurrently_interrupted_stops_both(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C reaches the waiting thread, and is raised when both have ended."""
    stopped, ended = threading.Event(), []

    def until_stopped(name: str) -> None:
        assert stopped.wait(30)
        ended.append(name)
        raise Cancelled("stopped")

    def interrupted(*arguments: Any, **options: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("speakerplug.pipeline.concurrent.wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_concurrently(lambda: until_stopped("first"), lambda: until_stopped("second"), True, stop=stopped.set)
    assert sorted(ended) == ["first", "second"]


def test_run_concurrently_interrupted_does_not_wait_for_a_thread_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is abandoned as a daemon thread, which does not keep the process from exiting."""
    started, released = threading.Event(), threading.Event()

    def hanging() -> None:
        assert threading.current_thread().daemon
        started.set()
        released.wait(30)

    def interrupted(*arguments: Any, **options: Any) -> Any:
        assert started.wait(30)
        raise KeyboardInterrupt

    monkeypatch.setattr("speakerplug.pipeline.concurrent.wait", interrupted)
    monkeypatch.setattr("speakerplug.pipeline.concurrent.STOP_TIMEOUT_S", 0.02)
    with pytest.raises(KeyboardInterrupt):
        run_concurrently(lambda: "words", hanging, True, stop=lambda: None)
    assert not released.is_set()
    released.set()


def test_run_cancellably_returns_or_raises_what_the_work_does() -> None:
    """Work that is canceled before is not started."""
    assert run_cancellably(lambda: "words", threading.Event()) == "words"
    with pytest.raises(ModelError, match="No weights"):
        run_cancellably(failing(ModelError("No weights.")), threading.Event())
    with pytest.raises(futures.TimeoutError, match="its own"):
        run_cancellably(failing(futures.TimeoutError("its own")), threading.Event())
    cancelled = threading.Event()
    cancelled.set()
    with pytest.raises(Cancelled):
        run_cancellably(failing(AssertionError("it was started")), cancelled)


def test_run_cancellably_abandons_work_that_hangs() -> None:
    """Cancelled is raised soon, although the work does not react."""
    cancel, released = threading.Event(), threading.Event()

    def hang() -> None:
        cancel.set()
        released.wait(30)

    began = time.monotonic()
    with pytest.raises(Cancelled):
        run_cancellably(hang, cancel)
    assert time.monotonic() - began < 2.0
    released.set()


def test_run_cancellably_returns_a_result_that_comes_in_time() -> None:
    """Work that succeeds while it is being canceled has succeeded."""
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
        started.set()
        done.wait()
        return super().diarize(*given)


started, done = threading.Event(), threading.Event()
ready = speakerplug.Transcriber(plugins=plugins_with(diarizer=Slow()), diarizer="fake", device="cpu")
speakers = BackgroundDiarization(ready, silence())
started.wait()
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


@pytest.mark.slow
def test_transcriber_used_after_a_fork_raises_in_the_child_only() -> None:
    """Each use in the child is a UsageError with a hint, and close does nothing; the parent gets its result."""
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60, check=False)
    *errors, code, turns = done.stdout.splitlines()
    assert [line.split()[:4] for line in errors] == [
        *3 * [["UsageError", "This", "Transcriber", "was"]],
        *2 * [["UsageError", "This", "diarization", "was"]],
    ], done.stderr
    assert all("make one in this process" in line for line in errors)
    assert (code, turns) == ("7", "()")
