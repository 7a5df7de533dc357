"""A call in a thread of its own: its result, its error, and its end when the caller is canceled."""

from __future__ import annotations

import threading

import pytest

from speakerplug_speakrs import cancellable
from speakerplug_speakrs.cancellable import run_cancellably


def never() -> None:
    """Fail: nothing is canceled here."""
    raise AssertionError


def test_run_cancellably_returns_the_result_of_the_call() -> None:
    """And has polled at least once, for a caller that is canceled already."""
    polls: list[int] = []
    assert run_cancellably(lambda: 7, lambda: polls.append(1), never) == 7
    assert polls


def test_run_cancellably_of_a_failing_call_raises_its_error() -> None:
    """The same error, in the caller's thread."""

    def call() -> int:
        raise OSError("broken")

    with pytest.raises(OSError, match="broken"):
        run_cancellably(call, lambda: None, never)


def test_run_cancellably_leaves_a_call_that_does_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """What `poll` raises is raised although the call goes on, and the call was told to end."""
    monkeypatch.setattr(cancellable, "STOP_S", 0.01)
    released, told = threading.Event(), threading.Event()

    def poll() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_cancellably(released.wait, poll, told.set)
    assert told.is_set()
    assert not released.is_set()
    released.set()
