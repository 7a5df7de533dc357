"""What the plugins and the profile hear of the stages; where a stage that is told to stop does so."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from types import MappingProxyType
from typing import Any

from ..errors import Cancelled
from ..plugin.manager import Plugins
from ..system.packages import explained_imports
from ..system.progress import Progress

TOTAL = "total"


class Timings:
    """Hears what plugins hear of the stages, and keeps the seconds of each.

    What has passed since a stage's last report belongs to the step that is reported now, unless that only begins.
    Stages run at once in two threads, so their seconds may be more than those of the whole.
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
        """Seconds by name: `total` since this began, each stage (`loading`) and each step (`loading: download`)."""
        found = {TOTAL: self._clock() - self._began}
        with self._lock:
            for stage, seconds in self._stages.items():
                found[stage] = seconds
                found.update({f"{stage}: {step}": spent for step, spent in self._steps[stage].items()})
        return found

    def stage_started(self, stage: str) -> None:
        """As the hook."""
        with self._lock:
            self._stages.setdefault(stage, 0.0)
            self._steps.setdefault(stage, {})
            self._reported[stage] = self._clock()

    def stage_progress(self, stage: str, step: str, completed: float, total: float) -> None:
        """As the hook."""
        with self._lock:
            now = self._clock()
            if completed > 0 and step != stage:
                steps = self._steps[stage]
                steps[step] = steps.get(step, 0.0) + now - self._reported[stage]
            self._reported[stage] = now

    def stage_finished(self, stage: str, seconds: float) -> None:
        """As the hook."""
        with self._lock:
            self._stages[stage] += seconds


_TIMINGS: ContextVar[Mapping[Reporter, Timings]] = ContextVar("profiles", default=MappingProxyType({}))
"""The profile of the recording that is at work in this thread, and in those that it starts, for each reporter."""


class Reporter:
    """Tells the plugins, which all transcribers share, and the profile of a recording how its stages go."""

    def __init__(self, plugins: Plugins) -> None:
        self._hook = plugins.hook
        self._stopping = threading.Event()

    @property
    def seconds(self) -> Mapping[str, float] | None:
        """The profile of the recording so far, if one is kept."""
        profile = _TIMINGS.get().get(self)
        return profile.seconds if profile else None

    def begin(self, profiled: bool) -> None:
        """A recording begins; others may be at work in other threads."""
        others = {reporter: profile for reporter, profile in _TIMINGS.get().items() if reporter is not self}
        _TIMINGS.set({**others, self: Timings()} if profiled else others)

    @contextmanager
    def stage(self, name: str) -> Iterator[Progress]:
        """Say that a stage begins, how far it is, and that it has ended; a package that is missing is explained."""
        tell = partial(self._tell, _TIMINGS.get().get(self))  # also for reports of threads that know of no recording
        tell("stage_started", stage=name)
        started = time.perf_counter()

        def progress(step: str, completed: float, total: float) -> None:
            """Pass it on, unless the work is to stop."""
            if self._stopping.is_set():
                raise Cancelled(f"{name.capitalize()} was stopped.")
            tell("stage_progress", stage=name, step=step, completed=completed, total=total)

        try:
            with explained_imports():
                yield progress
        finally:
            tell("stage_finished", stage=name, seconds=time.perf_counter() - started)

    def stop(self) -> None:
        """Make what runs in other threads end at its next report of progress."""
        self._stopping.set()

    def go_on(self) -> None:
        """What was to stop has: the next recording may go well."""
        self._stopping.clear()

    def _tell(self, profile: Timings | None, hook: str, **facts: Any) -> None:
        if profile is not None:
            getattr(profile, hook)(**facts)
        getattr(self._hook, hook)(**facts)
