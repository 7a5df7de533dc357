"""Progress, timings and cancellation of one call with one recording."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import Cancelled, SpeakerPlugError, UsageError
from ..plugin.guard import told
from ..system.arguments import insist_on
from ..system.packages import explained_imports
from ..system.progress import Progress, ProgressEvent, Report
from .concurrent import run_cancellably

if TYPE_CHECKING:
    from ..plugin.manager import Plugins

Result = TypeVar("Result")

TOTAL, PARALLEL, OTHER = "total", "parallel", "other"


class Timings:
    """Collect the progress events of a recording, and sum the seconds of each stage and step.

    The time since a stage's last event in the same thread counts for the step that is reported now, unless that step
    only begins. Stages run in parallel in several threads, so their seconds may add up to more than the total.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._began = self._changed = clock()
        self._lock = threading.Lock()
        self._running = 0
        self._by_running = {0: 0.0, 1: 0.0}
        self._stages: dict[str, float] = {}
        self._steps: dict[str, dict[str, float]] = {}
        self._began_at: dict[str, float] = {}
        self._reported: dict[tuple[str, int], float] = {}

    @property
    def seconds(self) -> Mapping[str, float]:
        """Seconds by name: `total` since the start, each stage (`loading`) and each step (`loading: download`).

        `parallel` are those in which several stages ran, `other` those in which none did.
        """
        with self._lock:
            now = self._clock()
            found = {TOTAL: now - self._began}
            for stage, seconds in self._stages.items():
                found[stage] = seconds
                found.update({f"{stage}: {step}": spent for step, spent in self._steps[stage].items()})
            one, none = self._by_running[1], self._by_running[0]
            since = now - self._changed
            found[OTHER] = none + (since if self._running == 0 else 0.0)
            found[PARALLEL] = max(0.0, found[TOTAL] - found[OTHER] - one - (since if self._running == 1 else 0.0))
        return found

    def report(self, event: ProgressEvent) -> None:
        """Count the time since the last event of the same stage in this thread."""
        with self._lock:
            now, stage, step, thread = self._clock(), event.stage, event.step, threading.get_ident()
            steps = self._steps.setdefault(stage, {})
            if event.finished:
                self._stages[stage] += event.seconds
                self._count(now, -1)
            elif event.started:
                self._stages.setdefault(stage, 0.0)
                self._began_at[stage] = now
                self._count(now, 1)
            elif event.completed > 0 and step != stage:
                last = max(self._reported.get((stage, thread), 0.0), self._began_at[stage])
                steps[step] = steps.get(step, 0.0) + now - last
            self._reported[stage, thread] = now

    def _count(self, now: float, change: int) -> None:
        """Add the time since the last change to that of as many running stages; one stage more or less runs now."""
        self._by_running[self._running] = self._by_running.get(self._running, 0.0) + now - self._changed
        self._running, self._changed = self._running + change, now


class Run:
    """One call with one recording: its progress, its timings if requested, and its cancellation.

    Several may run at the same time, with the same transcriber too: none sees the events of another.
    """

    def __init__(
        self,
        source: Any,
        plugins: Plugins,
        progress: Report | None = None,
        cancel: threading.Event | None = None,
        timings: bool = False,
    ) -> None:
        insist_on("progress", progress, "__call__", "a function that takes a ProgressEvent")
        insist_on("cancel", cancel, "is_set", "a threading.Event")
        self.recording = name_of(source)
        self._timings = Timings() if timings else None
        self._plugins, self._progress, self._cancel = plugins, progress, cancel
        self._stopping = threading.Event()
        self._open: dict[str, tuple[int, float]] = {}
        self._opening = threading.Lock()

    @property
    def seconds(self) -> Mapping[str, float] | None:
        """The timings so far, if requested."""
        return self._timings.seconds if self._timings else None

    @property
    def is_stopped(self) -> bool:
        """Whether the work must end: it was canceled, or `stop` was called."""
        return self._stopping.is_set() or (self._cancel is not None and self._cancel.is_set())

    def stop(self) -> None:
        """Make work in other threads end at its next report of progress."""
        self._stopping.set()

    def do(self, work: Callable[[], Result]) -> Result:
        """Return the result of `work`.

        With a `cancel` event the work runs in a separate thread, which is abandoned if it does not end in time. Raises
        Cancelled then, and what `work` raises.
        """
        try:
            return work() if self._cancel is None else run_cancellably(work, self._cancel)
        except (Cancelled, KeyboardInterrupt):
            self.stop()
            self._progress = None  # abandoned work must not report any more
            raise

    @contextmanager
    def stage(self, name: str) -> Iterator[Progress]:
        """Report the start, the progress and the end of a stage; explain an import error inside it.

        A stage that runs in several threads at the same time is reported as one, from its first start to its last end.
        """
        self._check(name)
        started = self._enter(name)

        def progress(step: str, completed: float, total: float) -> None:
            """Report a step; raises Cancelled if the work must end."""
            self._check(name)
            self._report(ProgressEvent(self.recording, name, step or name, completed, total, since()))

        def since() -> float:
            return time.perf_counter() - started

        try:
            with explained_imports():
                yield progress
        finally:
            self._leave(name, started)

    def _enter(self, stage: str) -> float:
        """Return when the stage started, and report its start, unless it is running in another thread."""
        with self._opening:
            users, started = self._open.get(stage, (0, time.perf_counter()))
            self._open[stage] = users + 1, started
        if not users:
            self._report(ProgressEvent(self.recording, stage))
        return started

    def _leave(self, stage: str, started: float) -> None:
        """Report the end of the stage, unless it is still running in another thread."""
        with self._opening:
            users, _ = self._open.pop(stage)
            if users > 1:
                self._open[stage] = users - 1, started
        if users == 1:
            seconds = time.perf_counter() - started
            self._report(ProgressEvent(self.recording, stage, completed=1.0, seconds=seconds))

    def _check(self, stage: str) -> None:
        if self.is_stopped:
            raise Cancelled(f"{stage.capitalize()} was stopped.")

    def _report(self, event: ProgressEvent) -> None:
        if self._timings is not None:
            self._timings.report(event)
        self._plugins.hook.report(event=event)
        progress = self._progress
        if progress is None:
            return
        try:
            progress(event)
        except SpeakerPlugError:
            raise
        except Exception as error:  # or the error would name the stage
            raise UsageError(
                f"The function given as progress= failed ({told(error)}); fix it, or leave it out."
            ) from error


def name_of(source: Any) -> str:
    """Return the name of a recording in events: the path as given, else its own `path` or `name`, else ""."""
    for given in (source, getattr(source, "path", None), getattr(source, "name", None)):
        if isinstance(given, (str, os.PathLike)):
            return os.fsdecode(given)
    return ""
