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

TOTAL = "total"


class Timings:
    """Collect the progress events of a recording, and sum the seconds of each stage and step.

    The time since a stage's last event counts for the step that is reported now, unless that step only begins. Stages
    run concurrently in two threads, so their seconds may add up to more than the total.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._began = clock()
        self._lock = threading.Lock()
        self._stages: dict[str, float] = {}
        self._steps: dict[str, dict[str, float]] = {}
        self._reported: dict[str, float] = {}

    @property
    def seconds(self) -> Mapping[str, float]:
        """Seconds by name: `total` since the start, each stage (`loading`) and each step (`loading: download`)."""
        found = {TOTAL: self._clock() - self._began}
        with self._lock:
            for stage, seconds in self._stages.items():
                found[stage] = seconds
                found.update({f"{stage}: {step}": spent for step, spent in self._steps[stage].items()})
        return found

    def report(self, event: ProgressEvent) -> None:
        """Count the time since the last event of the same stage."""
        with self._lock:
            now, stage, step = self._clock(), event.stage, event.step
            steps = self._steps.setdefault(stage, {})
            if event.finished:
                self._stages[stage] += event.seconds
            elif event.started:
                self._stages.setdefault(stage, 0.0)
            elif event.completed > 0 and step != stage:
                steps[step] = steps.get(step, 0.0) + now - self._reported[stage]
            self._reported[stage] = now


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
        """Report the start, the progress and the end of a stage; explain an import error inside it."""
        started = time.perf_counter()

        def progress(step: str, completed: float, total: float) -> None:
            """Report a step; raises Cancelled if the work must end."""
            self._check(name)
            self._report(ProgressEvent(self.recording, name, step or name, completed, total, since()))

        def since() -> float:
            return time.perf_counter() - started

        self._check(name)
        self._report(ProgressEvent(self.recording, name))
        try:
            with explained_imports():
                yield progress
        finally:
            self._report(ProgressEvent(self.recording, name, completed=1.0, seconds=since()))

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
