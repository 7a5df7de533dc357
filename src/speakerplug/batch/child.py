"""The process of a worker: it takes orders from standard input and gives events to standard output.

It ends when standard input does, whatever it is doing: then its driver has ended it, or is gone.
"""

from __future__ import annotations

import logging
import os
import pickle
import queue
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Any

from ..errors import SpeakerPlugError, first_line
from ..plugin.executor import Progressed, Task, WorkerSettings
from ..system.temporary import remove_all

START = f"import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); from {__name__} import main; main()"
"""The program of the process; the first that it reads is where to find modules."""
EVERY_S = 0.5
"""The shortest time between two events about the progress of a task."""


@dataclass(frozen=True, slots=True)
class Setup:
    """The first order: what the worker has to know, the CPUs to use, None for all, and whether to log everything."""

    settings: WorkerSettings
    cpus: Sequence[int] | None = None
    is_verbose: bool = False


@dataclass(frozen=True, slots=True)
class Do:
    """The order to do a task."""

    task: Task


@dataclass(frozen=True, slots=True)
class Prefetch:
    """The order to decode the recording of the next task meanwhile."""

    task: Task


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker can take tasks."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """The worker cannot take tasks, and why, in a sentence."""

    message: str


def main() -> None:
    """Do what is ordered until there are no more orders; then end the process."""
    events = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print is no event
    serve(sys.stdin.buffer, events)


def serve(orders: IO[bytes], events: IO[bytes]) -> None:
    """Take a Setup, then do what is ordered; return only where there can be no worker."""
    setup: Setup = pickle.load(orders)
    if setup.cpus is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, setup.cpus)
    if setup.is_verbose:
        logging.basicConfig(format="%(message)s")
        logging.getLogger(__name__.split(".")[0]).setLevel(logging.DEBUG)
    try:
        worker = setup.settings.open()
    except SpeakerPlugError as error:
        return _send(events, Unusable(str(error)))
    except Exception as error:
        return _send(
            events, Unusable(f"Unexpected {type(error).__name__}: {first_line(error)}; see speakerplug doctor.")
        )
    tasks: queue.SimpleQueue[Task] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(orders, tasks, worker), name="orders", daemon=True).start()
    _send(events, Ready())
    while True:
        task = tasks.get()
        _send(events, worker.work(task, _Reporter(events, task)))


def _listen(orders: IO[bytes], tasks: queue.SimpleQueue[Task], worker: Any) -> None:
    """Take orders, and end the process when there are no more."""
    while True:
        try:
            order = pickle.load(orders)
        except (EOFError, OSError, pickle.UnpicklingError):
            remove_all()
            os._exit(0)
        if isinstance(order, Prefetch):
            worker.prefetch(order.task)
        else:
            tasks.put(order.task)


class _Reporter:
    """Sends the progress of a task, not too often, from whichever thread reports it."""

    def __init__(self, events: IO[bytes], task: Task) -> None:
        self._events, self._task = events, task
        self._sent = time.monotonic()
        self._lock = threading.Lock()

    def __call__(self, share: float) -> None:
        """Send the share that is done."""
        with self._lock:
            if time.monotonic() - self._sent >= EVERY_S:
                self._sent = time.monotonic()
                _send(self._events, Progressed(self._task, share))


_sending = threading.Lock()


def _send(events: IO[bytes], event: object) -> None:
    """Send an event whole; where nobody reads any more, the process ends soon."""
    data = pickle.dumps(event)
    with _sending:
        try:
            events.write(data)
            events.flush()
        except OSError:
            os._exit(0)
