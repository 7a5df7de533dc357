"""The process of a worker, here in a thread: orders in, events out, and the end."""

from __future__ import annotations

import io
import os
import pickle
import threading
from collections.abc import Iterator
from typing import IO, Any

import pytest

import speakerplug.batch.child
from speakerplug.batch.child import Do, Prefetch, Ready, Setup, Unusable, serve
from speakerplug.errors import ModelError
from speakerplug.plugin import Finished, Progressed, Task

TASK = Task("a", "a.wav", {})


class Settings:
    """Settings that open a worker which says what it was told; `error` is raised instead."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    def open(self) -> Settings:
        """Be the worker."""
        if self.error is not None:
            raise self.error
        self.prefetched: list[str] = []
        return self

    def work(self, task: Task, progress: Any) -> Finished:
        """Report progress twice, of which one is too soon, and finish."""
        progress(0.5)
        progress(0.6)
        return Finished(task, (), 1.0, 1.0, tuple(self.prefetched))

    def prefetch(self, task: Task) -> None:
        """Keep the key."""
        self.prefetched.append(task.key)


class Process:
    """The other ends of the pipes of `serve`, and whether it has ended the process."""

    def __init__(self) -> None:
        self.orders, self._given = _pipe()
        self._taken, self.events = _pipe()
        self.ended = threading.Event()
        self.is_unusable = False

    def order(self, order: object) -> None:
        """Send an order."""
        self._given.write(pickle.dumps(order))
        self._given.flush()

    def event(self) -> Any:
        """Return the next event."""
        return pickle.load(self._taken)

    def close(self) -> None:
        """Send no more."""
        self._given.close()


def _pipe() -> tuple[IO[bytes], IO[bytes]]:
    reading, writing = os.pipe()
    return os.fdopen(reading, "rb"), os.fdopen(writing, "wb")


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch) -> Iterator[Process]:
    """Return a process that serves, in a thread."""
    served = Process()

    def end(code: int) -> None:
        """Go no further, in place of the end of the process."""
        served.ended.set()
        threading.Event().wait()

    monkeypatch.setattr(speakerplug.batch.child.os, "_exit", end)
    monkeypatch.setattr(speakerplug.batch.child, "remove_all", bool)
    monkeypatch.setattr(speakerplug.batch.child, "EVERY_S", 0.0)
    threading.Thread(target=serve, args=(served.orders, served.events), daemon=True).start()
    yield served
    served.close()
    assert served.is_unusable or served.ended.wait(10.0)


def test_serve_does_what_is_ordered_and_ends_with_its_orders(process: Process) -> None:
    """Ready first, then progress and the end of each task; what is prefetched is told to the worker."""
    process.order(Setup(Settings()))  # type: ignore[arg-type]
    assert process.event() == Ready()
    process.order(Prefetch(Task("b", "b.wav", {})))
    process.order(Do(TASK))
    assert process.event() == Progressed(TASK, 0.5)
    assert process.event() == Progressed(TASK, 0.6)
    assert process.event() == Finished(TASK, (), 1.0, 1.0, ("b",))


@pytest.mark.parametrize(
    ("error", "said"),
    [(ModelError("None: fetch it."), "None: fetch it."), (ValueError("odd"), "Unexpected ValueError: odd")],
)
def test_serve_says_why_there_can_be_no_worker(process: Process, error: Exception, said: str) -> None:
    """In a sentence, for the run to end with."""
    process.is_unusable = True
    process.order(Setup(Settings(error)))  # type: ignore[arg-type]
    event = process.event()
    assert isinstance(event, Unusable)
    assert said in event.message


def test_send_ends_the_process_where_nobody_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its driver is gone."""

    class Broken(io.BytesIO):
        def write(self, data: Any) -> int:
            raise BrokenPipeError

    codes: list[int] = []
    monkeypatch.setattr(speakerplug.batch.child.os, "_exit", codes.append)
    speakerplug.batch.child._send(Broken(), Ready())
    assert codes == [0]
