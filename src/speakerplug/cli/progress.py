"""`--progress`: the share of the job and the time left, as one line on a terminal, lines in a log, or events."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from ..system.progress import Progress, ProgressEvent, Report
from . import console, events
from .help import OTHER, section
from .progress_displays import Display, EventDisplay, LogDisplay, Subject, TerminalDisplay

if TYPE_CHECKING:
    from ..pipeline.job import Costs, Job

AUTO, JSON, OFF = "auto", "json", "off"
CHOSEN = f"{__name__}.chosen"
"""In the meta of click's context: the value of --progress."""
TICK_S = 0.5
"""Interval at which time goes by on the display, if nothing is reported."""


def _choose(context: click.Context, option: click.Parameter, value: str) -> None:
    context.meta[CHOSEN] = value
    if value == JSON and not context.resilient_parsing:
        events.start()


PROGRESS: tuple[Callable[[Any], Any], ...] = (
    section(OTHER)(
        "--progress",
        type=click.Choice([AUTO, JSON, OFF]),
        default=AUTO,
        show_default=True,
        expose_value=False,
        advanced=True,
        callback=_choose,
        help="Show progress for people, as one JSON event a line on stderr, or not at all.",
    ),
)
"""The option, for every command that runs models, downloads them or copies recordings."""


class JobTracker:
    """Shows the progress of one recording after another; what was learned about one tells how long the next takes."""

    def __init__(self, display: Display, costs: Costs) -> None:
        self._display, self._costs = display, costs
        self._lock = threading.Lock()
        self._job: Job | None = None
        self._done = threading.Event()
        self._ticker = threading.Thread(target=self._tick, name="progress", daemon=True)

    def begin(self, subject: Subject) -> None:
        """Begin with a recording."""
        from ..pipeline.job import Job

        with self._lock:
            self._job = Job(self._costs)
            self._display.begin(subject)
        if self._ticker.ident is None:
            self._ticker.start()

    def report(self, event: ProgressEvent) -> None:
        """Take note of an event of the recording, and show it; called from any thread."""
        with self._lock:
            if self._job is not None:
                self._job.report(event)
                self._display.show(self._job.now(), event)

    def finish(self) -> None:
        """End with the recording."""
        with self._lock:
            if self._job is not None:
                self._costs, self._job = self._job.learned(), None
                self._display.finish()

    def stop(self) -> None:
        """Remove the display."""
        self._done.set()
        self._display.stop()

    def _tick(self) -> None:
        while not self._done.wait(TICK_S):
            with self._lock:
                if self._job is not None:
                    self._display.show(self._job.now())


@contextmanager
def shown(quiet: bool, costs: Costs | None = None) -> Iterator[JobTracker | None]:
    """Yield what shows the progress of jobs with these expected costs; None where nothing is shown."""
    display = _display(quiet)
    if display is None:
        yield None
        return
    tracker = JobTracker(display, costs or {})
    try:
        yield tracker
    finally:
        tracker.stop()


def usual_costs() -> Costs:
    """Return the costs of a transcription by default options."""
    from ..pipeline.job import expected_costs
    from ..pipeline.options import Options

    return expected_costs(Options())


def _display(quiet: bool) -> Display | None:
    """Return how progress is shown: as events if they are asked for, else not at all if `quiet`."""
    current = events.current()
    if current is not None:
        return EventDisplay(current)
    if quiet or is_off():
        return None
    return TerminalDisplay(console.console()) if sys.stderr.isatty() else LogDisplay(console.say)


def is_off() -> bool:
    """Return whether --progress off was given."""
    context = click.get_current_context(silent=True)
    return context is not None and context.meta.get(CHOSEN) == OFF


@contextmanager
def stage(report: Report | None, recording: str, name: str) -> Iterator[Progress | None]:
    """Report the start, the progress and the end of a stage of the command itself; None where nothing is reported."""
    if report is None:
        yield None
        return
    report(ProgressEvent(recording, name))

    def progress(step: str, completed: float, total: float) -> None:
        """Report a step."""
        report(ProgressEvent(recording, name, step, completed, total))

    try:
        yield progress
    finally:
        report(ProgressEvent(recording, name, completed=1.0))
