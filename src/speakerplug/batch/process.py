"""The driver's side of a worker: start its process, send it orders, receive its events, end it."""

from __future__ import annotations

import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ..plugin.executor import Task, WorkerSettings
from .child import START, Do, Prefetch, Setup

END_TIMEOUT_S = 5.0
"""Seconds to wait for a process that was killed."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The process has ended, or closed its output."""


class WorkerProcess:
    """A worker in a process of its own, whose events go to `events`, each with this object.

    It is in a session of its own, so that Ctrl-C reaches the driver alone, and can be ended with all its children.
    """

    def __init__(
        self,
        settings: WorkerSettings,
        events: queue.SimpleQueue[tuple[WorkerProcess, Any]],
        *,
        environment: Mapping[str, str],
        cpus: Sequence[int] | None = None,
        is_verbose: bool = False,
    ) -> None:
        self._events = events
        self._process = subprocess.Popen(
            [sys.executable, "-c", START],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if is_verbose else subprocess.DEVNULL,
            env={**os.environ, **environment},
            start_new_session=True,
        )
        threading.Thread(target=self._receive, name="worker", daemon=True).start()
        self._send([path for path in sys.path if path])
        self._send(Setup(settings, cpus, is_verbose))

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    def do(self, task: Task) -> None:
        """Order to do a task."""
        self._send(Do(task))

    def prefetch(self, task: Task) -> None:
        """Order to decode the recording of the next task."""
        self._send(Prefetch(task))

    def end(self) -> str:
        """End the process and its children now; return why it had ended if it had, else how it was ended."""
        with suppress(subprocess.TimeoutExpired):  # it has closed its output, and is about to end
            self._process.wait(0.05)
        if self._process.poll() is None:
            self._kill()
        reason = _reason(self._process.returncode)
        self._kill()  # its children
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                if stream is not None:
                    stream.close()
        return reason

    def _kill(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(END_TIMEOUT_S)

    def _send(self, order: object) -> None:
        assert self._process.stdin is not None
        with suppress(OSError):  # it has ended, which its output tells
            self._process.stdin.write(pickle.dumps(order))
            self._process.stdin.flush()

    def _receive(self) -> None:
        assert self._process.stdout is not None
        while True:
            try:
                event = pickle.load(self._process.stdout)
            except Exception:  # the end, an event that a dying process has not finished, or a closed file
                self._events.put((self, Ended()))
                return
            self._events.put((self, event))


def _reason(code: int | None) -> str:
    """Return why a process has ended, as a phrase."""
    if code is None:
        return "its process hangs"
    if code >= 0:
        return f"its process exited with code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    hint = ", perhaps because memory ran out" if name == "SIGKILL" else ""
    return f"its process was ended by {name}{hint}"
