"""Calls that can be left: their result, their errors, and what ends the waiting."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from speakerplug.plugin import Cancelled
from speakerplug_pyannoteai.cancellable import AbandonedError, CancellableCall, OverdueError, SilentError


@pytest.fixture
def released() -> Iterator[threading.Event]:
    """What hanging calls wait for, so that none outlives its test."""
    event = threading.Event()
    yield event
    event.set()


def lively(waiting: CancellableCall, ended: threading.Event) -> Callable[[], None]:
    """A call that gives signs of life for ever, and says when it has ended."""

    def call() -> None:
        try:
            while True:
                waiting.moved()
                ended.wait(0.01)
        except AbandonedError:
            ended.set()

    return call


def test_the_result_comes_back_and_so_does_the_error() -> None:
    """A call that ends is as good as one that was made here; whoever waits looks once at its end."""
    polls: list[int] = []
    assert CancellableCall().run(lambda: 7, lambda: polls.append(1), silence_s=1.0) == 7
    assert polls
    with pytest.raises(ZeroDivisionError):
        CancellableCall().run(lambda: 1 / 0, lambda: None, silence_s=1.0)


def test_silence_ends_the_waiting(released: threading.Event) -> None:
    """A call that hangs is left where it is."""
    with pytest.raises(SilentError):
        CancellableCall().run(released.wait, lambda: None, silence_s=0.1)


@pytest.mark.parametrize("kind", [OverdueError, Cancelled])
def test_a_call_that_is_left_ends_at_its_next_sign(kind: type[Exception]) -> None:
    """Whether it took too long or nobody wants it any more."""

    def poll() -> None:
        if kind is Cancelled:
            raise Cancelled("Enough.")

    waiting, ended = CancellableCall(), threading.Event()
    with pytest.raises(kind):
        waiting.run(lively(waiting, ended), poll, silence_s=5.0, limit_s=0.3)
    assert ended.wait(2.0)
