"""Where the time of a recording goes: a listener that adds up the seconds of each stage and of its steps."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

TOTAL = "total"


class Profile:
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
