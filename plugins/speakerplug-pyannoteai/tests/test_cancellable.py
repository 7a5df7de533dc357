"""Calls that can be canceled: their result, their errors, and what ends the wait."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from speakerplug.plugin import Cancelled
from speakerplug_pyannoteai.cancellable import AbandonedError, CancellableCall, OverdueError, SilentError


@pytest.fixture
def released() -> Iterator[threading.Event]:
    """Return an event that hanging calls wait for, so that none outlives its test."""
    event = threading.Event()
    yield event
    event.set()


def lively(waiting: CancellableCall, ended: threading.Event) -> Callable[[], None]:
    """Return a call that makes progress for ever, and sets `ended` when it has ended."""

    def call() -> None:
        try:
            while True:
                waiting.moved()
                ended.wait(0.01)
        except AbandonedError:
            ended.set()

    return call


def test_run_returns_the_result_or_raises_the_error() -> None:
    """As a direct call would; `poll` is called once more at the end."""
    polls: list[int] = []
    assert CancellableCall().run(lambda: 7, lambda: polls.append(1), silence_s=1.0) == 7
    assert polls
    with pytest.raises(ZeroDivisionError):
        CancellableCall().run(lambda: 1 / 0, lambda: None, silence_s=1.0)


def test_run_of_a_silent_call_raises(released: threading.Event) -> None:
    """A call that hangs is abandoned."""
    with pytest.raises(SilentError):
        CancellableCall().run(released.wait, lambda: None, silence_s=0.1)


@pytest.mark.parametrize("kind", [OverdueError, Cancelled])
def test_abandoned_call_ends_at_its_next_progress(kind: type[Exception]) -> None:
    """Whether it took too long or the caller canceled it."""

    def poll() -> None:
        if kind is Cancelled:
            raise Cancelled("Enough.")

    waiting, ended = CancellableCall(), threading.Event()
    with pytest.raises(kind):
        waiting.run(lively(waiting, ended), poll, silence_s=5.0, limit_s=0.3)
    assert ended.wait(2.0)
