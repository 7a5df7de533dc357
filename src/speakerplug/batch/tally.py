"""How far a run is, in files and in seconds of audio."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..plugin.executor import Task

STEADY_S = 10.0
"""Seconds of work after which the speed tells how long the rest takes."""


@dataclass(frozen=True, slots=True)
class Totals:
    """A run now: its files by what became of them, seconds of audio, and its speed.

    `skipped` were done by an earlier run, `set_aside` failed or were set aside by one. `speed` is seconds of audio for
    each second, None before it is known, and so is `seconds_left`. `running` has the share of each current file.
    """

    files: int = 0
    done: int = 0
    failed: int = 0
    skipped: int = 0
    set_aside: int = 0
    audio_s: float = 0.0
    done_audio_s: float = 0.0
    work_s: float = 0.0
    seconds: float = 0.0
    speed: float | None = None
    seconds_left: float | None = None
    running: Mapping[str, float] = field(default_factory=dict)

    @property
    def left(self) -> int:
        """The files that are left to do, those at work included."""
        return self.files - self.done - self.failed - self.skipped - self.set_aside

    @property
    def share(self) -> float:
        """The share of the audio that is done."""
        return min(1.0, self.done_audio_s / self.audio_s) if self.audio_s else 0.0


class Tally:
    """Counts what becomes of the files of a run; a display may ask for the totals from another thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._began = clock, clock()
        self._counts = {"done": 0, "failed": 0, "skipped": 0, "set_aside": 0}
        self._files = 0
        self._audio_s = self._ended_s = self._work_s = 0.0
        self._running: dict[str, tuple[str, float, float]] = {}
        self._lock = threading.Lock()

    def expect(self, audio_s: float) -> None:
        """Count a file that is to do, of so many seconds of audio."""
        self._files += 1
        self._audio_s += audio_s

    def leave(self, what: str) -> None:
        """Count a file that is left as it is: `skipped`, `set_aside`, or `failed` before any work."""
        self._files += 1
        self._counts[what] += 1

    def start(self, task: Task) -> None:
        """Begin with a task."""
        with self._lock:
            self._running[task.key] = (task.path, task.seconds or 0.0, 0.0)

    def reach(self, task: Task, share: float) -> None:
        """Take note of the share of a task that is done."""
        with self._lock:
            if task.key in self._running:
                path, seconds, _ = self._running[task.key]
                self._running[task.key] = (path, seconds, min(1.0, max(0.0, share)))

    def stop(self, task: Task) -> None:
        """End with a task that will be tried again."""
        with self._lock:
            self._running.pop(task.key, None)

    def finish(self, task: Task, what: str, audio_s: float, work_s: float) -> None:
        """End with a task that is `done` or `failed`; so many seconds of audio were not what was expected of it."""
        self.stop(task)
        self._counts[what] += 1
        expected = task.seconds or 0.0
        if what == "done":
            self._audio_s += audio_s - expected
            self._ended_s += audio_s
        else:
            self._audio_s -= expected
        self._work_s += work_s

    def now(self) -> Totals:
        """Return the totals now."""
        seconds = self._clock() - self._began
        with self._lock:
            running = [*self._running.values()]
        reached = self._ended_s + sum(length * share for _, length, share in running)
        speed = reached / seconds if reached > 0 and seconds >= STEADY_S else None
        left = None if speed is None else max(0.0, self._audio_s - reached) / speed
        return Totals(
            files=self._files,
            audio_s=self._audio_s,
            done_audio_s=reached,
            work_s=self._work_s,
            seconds=seconds,
            speed=speed,
            seconds_left=left,
            running={path: share for path, _, share in running},
            **self._counts,
        )
