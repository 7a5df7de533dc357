"""What the plugins and the profile hear of the stages; where a stage that is told to stop does so."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from .environment import explained_imports
from .errors import Stopped
from .plugins import Plugins
from .profiling import Profile
from .stages import Progress


class Reporter:
    """Tells the plugins, which all transcribers share, and the profile of a recording how its stages go."""

    def __init__(self, plugins: Plugins) -> None:
        self._hook = plugins.hook
        self._profile: Profile | None = None
        self._stopping = threading.Event()

    @property
    def seconds(self) -> Mapping[str, float] | None:
        """The profile of the recording so far, if one is kept."""
        return self._profile.seconds if self._profile else None

    def begin(self, profiled: bool) -> None:
        """A recording begins."""
        self._profile = Profile() if profiled else None

    @contextmanager
    def stage(self, name: str) -> Iterator[Progress]:
        """Say that a stage begins, how far it is, and that it has ended; a package that is missing is explained."""
        self._tell("stage_started", stage=name)
        started = time.perf_counter()

        def progress(step: str, completed: float, total: float) -> None:
            """Pass it on, unless the work is to stop."""
            if self._stopping.is_set():
                raise Stopped(f"{name.capitalize()} was stopped.")
            self._tell("stage_progress", stage=name, step=step, completed=completed, total=total)

        try:
            with explained_imports():
                yield progress
        finally:
            self._tell("stage_finished", stage=name, seconds=time.perf_counter() - started)

    def stop(self) -> None:
        """Make what runs in other threads end at its next report of progress."""
        self._stopping.set()

    def go_on(self) -> None:
        """What was to stop has: the next recording may go well."""
        self._stopping.clear()

    def _tell(self, hook: str, **facts: Any) -> None:
        if self._profile is not None:
            getattr(self._profile, hook)(**facts)
        getattr(self._hook, hook)(**facts)
