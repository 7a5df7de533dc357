"""Run workers on this machine: one for each GPU, or one on the CPU, each in a process of its own."""

from __future__ import annotations

import math
import os
import queue
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import PluginError, UsageError
from ..plugin.executor import Died, Event, ExecutorRequest, Failed, Finished, Progressed, Task, WorkerSettings
from ..system.host import usable_cores
from .child import Ready, Unusable
from .process import Ended, WorkerProcess

MOST_FAILED_STARTS = 3
"""Processes of one worker that may die, one after the other, before they can take a task."""
TICK_S = 1.0
"""The longest time to wait before limits of time are looked at."""


@dataclass
class _Slot:
    """A place for a worker: its process, if it has one, and its tasks, the current and the next one."""

    name: str
    gpu: str | None = None
    cpus: Sequence[int] | None = None
    process: WorkerProcess | None = None
    is_ready: bool = False
    current: Task | None = None
    upcoming: Task | None = None
    deadline: float = math.inf
    finished: int = 0
    failed_starts: int = 0

    @property
    def environment(self) -> dict[str, str]:
        """The variables of its process."""
        return {} if self.gpu is None else {"CUDA_VISIBLE_DEVICES": self.gpu}


class LocalExecutor:
    """Workers in processes of this machine, which keep their models and decode the next recording meanwhile."""

    def __init__(self, request: ExecutorRequest) -> None:
        if request.gpus_per_worker is not None:
            raise UsageError("--gpus-per-worker is for executors such as --ray; here, --workers share the GPUs.")
        self._request = request
        self._events: queue.SimpleQueue[tuple[WorkerProcess, Any]] = queue.SimpleQueue()
        self._slots: list[_Slot] = []
        self._settings: WorkerSettings | None = None

    def run(
        self, take: Callable[[], Task | None], settings: WorkerSettings, started: Callable[[Task, str], None]
    ) -> Iterator[Event]:
        """Do tasks until `take` has none and none is running; yield what becomes of each."""
        self._slots = self._slots or slots_for(
            self._request.workers, [] if self._request.is_cpu_only else visible_gpus()
        )
        self._settings = settings
        while True:
            self._feed(take, started)
            if not any(slot.current or slot.upcoming for slot in self._slots):
                return
            yield from self._wait()

    def close(self) -> None:
        """End all workers now."""
        for slot in self._slots:
            self._end(slot)

    def _feed(self, take: Callable[[], Task | None], started: Callable[[Task, str], None]) -> None:
        """Give each worker a task, and one to prefetch."""
        for slot in self._slots:
            if slot.current is None and slot.upcoming is None:
                slot.upcoming = take() or self._taken_from_another()
            if slot.upcoming is not None and slot.process is None:
                self._start(slot)
            if slot.current is None and slot.upcoming is not None and slot.is_ready and slot.process is not None:
                slot.current, slot.upcoming = slot.upcoming, None
                slot.deadline = time.monotonic() + (slot.current.timeout_s or math.inf)
                started(slot.current, f"{slot.name} ({slot.process.pid})")
                slot.process.do(slot.current)
        for slot in self._slots:
            if slot.current is not None and slot.upcoming is None and not slot.current.is_suspect:
                slot.upcoming = take()
                if slot.upcoming is not None and not slot.upcoming.is_suspect and slot.process is not None:
                    slot.process.prefetch(slot.upcoming)

    def _taken_from_another(self) -> Task | None:
        """Return a task that waits for a busy worker, now that there are no others."""
        for slot in self._slots:
            if slot.current is not None and slot.upcoming is not None:
                task, slot.upcoming = slot.upcoming, None
                return task
        return None

    def _start(self, slot: _Slot) -> None:
        assert self._settings is not None
        slot.is_ready, slot.finished = False, 0
        slot.process = WorkerProcess(
            self._settings,
            self._events,
            environment=slot.environment,
            cpus=slot.cpus,
            is_verbose=self._request.is_verbose,
        )

    def _end(self, slot: _Slot) -> str:
        """End the process of a worker; return why it had ended."""
        process, slot.process, slot.is_ready, slot.deadline = slot.process, None, False, math.inf
        return "" if process is None else process.end()

    def _wait(self) -> Iterator[Event]:
        """Wait for something to happen; yield what it means."""
        until = min(slot.deadline for slot in self._slots)
        try:
            process, event = self._events.get(timeout=max(0.0, min(TICK_S, until - time.monotonic())))
        except queue.Empty:
            yield from self._overdue()
            return
        slot = next((slot for slot in self._slots if slot.process is process), None)
        if slot is None:  # of a process that was ended meanwhile
            return
        if isinstance(event, Ready):
            slot.is_ready, slot.failed_starts = True, 0
        elif isinstance(event, Unusable):
            raise PluginError(event.message)
        elif isinstance(event, Ended):
            yield from self._died(slot)
        elif isinstance(event, Progressed):
            yield event
        else:
            yield self._finished(slot, event)

    def _finished(self, slot: _Slot, event: Finished | Failed) -> Event:
        """Return the end of a task; replace a worker that has done enough, or uses too much memory."""
        slot.current, slot.deadline, slot.finished = None, math.inf, slot.finished + 1
        most, limit = self._request.recycle, self._request.worker_memory_bytes
        if (most is not None and slot.finished >= most) or (limit is not None and event.memory_bytes > limit):
            self._end(slot)
        return event

    def _died(self, slot: _Slot) -> Iterator[Event]:
        was_ready, reason = slot.is_ready, self._end(slot)
        task, slot.current = slot.current, None
        if task is not None:
            yield Died(task, reason)
        elif not was_ready:
            slot.failed_starts += 1
            if slot.failed_starts >= MOST_FAILED_STARTS:
                raise PluginError(f"Workers cannot be started: {reason}; type speakerplug doctor to see what is wrong.")

    def _overdue(self) -> Iterator[Event]:
        """End the workers that take too long."""
        for slot in self._slots:
            if slot.current is not None and time.monotonic() >= slot.deadline:
                task, slot.current = slot.current, None
                self._end(slot)
                yield Died(task, f"it took longer than its limit of {task.timeout_s or 0:.0f} s")


def slots_for(workers: int | None, gpus: Sequence[str]) -> list[_Slot]:
    """Return the places for workers: so many, else one for each GPU, or one without any.

    Workers share GPUs in turn. Several without a GPU each have their share of the cores.
    """
    count = workers or max(1, len(gpus))
    if len(gpus) > 1 or (gpus and count > 1):
        return [_Slot(f"worker {number + 1}", gpu=gpus[number % len(gpus)]) for number in range(count)]
    shares = shares_of_cpus(count) if count > 1 else [None]
    return [_Slot(f"worker {number}", cpus=share) for number, share in enumerate(shares, 1)]


def shares_of_cpus(count: int) -> list[list[int] | None]:
    """Return the CPUs for each of so many workers; None where the system cannot tell, or there are fewer CPUs."""
    if not hasattr(os, "sched_getaffinity"):
        return [None] * count
    cpus = sorted(os.sched_getaffinity(0))
    if min(len(cpus), usable_cores()) < count:
        return [None] * count
    return [cpus[number::count] for number in range(count)]


def visible_gpus() -> list[str]:
    """Return what CUDA_VISIBLE_DEVICES may name: its own values, or the numbers of NVIDIA's GPUs; without torch."""
    given = os.environ.get("CUDA_VISIBLE_DEVICES")
    if given is not None:
        return [name.strip() for name in given.split(",") if name.strip() not in ("", "-1")]
    if shutil.which("nvidia-smi") is None:
        return []
    try:
        listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    return [str(number) for number, line in enumerate(line for line in listed.splitlines() if line.startswith("GPU "))]
