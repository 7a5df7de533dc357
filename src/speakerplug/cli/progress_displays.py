"""The three ways to show progress: one line on a terminal, lines in a log, and events for programs."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from ..system.progress import ProgressEvent
from .events import Events
from .stdout import cell

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live
    from rich.table import Table

    from ..pipeline.job import JobProgress, Step

REFRESH_PER_S = 4
BAR_WIDTH = 20
LONGEST_NAME = 24
"""Characters of a file name on a terminal."""

SILENT_S = 20.0
"""Seconds of a job before the first line in a log: shorter ones need none."""
PAUSE_S = 5.0
"""The shortest time between two lines."""
MINUTE_S = 60.0
TENTHS = 10
"""Lines for the share of a job, in which it is written after each tenth."""

EVENT_S = 1.0
"""The shortest time between two events of a step that goes on, and of none."""
HEARTBEAT_S = 5.0
"""The longest time without an event."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a job is about: an input, and which one of how many."""

    file: str
    number: int = 1
    count: int = 1

    @property
    def name(self) -> str:
        """The name of the file, and its number if there are several."""
        name = cell(os.path.basename(self.file) or self.file)
        return name if self.count == 1 else f"{self.number}/{self.count} {name}"


class Display(Protocol):
    """Shows the progress of one job after another."""

    def begin(self, subject: Subject) -> None:
        """Begin with a job."""

    def show(self, job: JobProgress, event: ProgressEvent | None = None) -> None:
        """Show a job as it is now, after an `event` or because time has passed."""

    def finish(self) -> None:
        """End with the job."""

    def stop(self) -> None:
        """Remove what is shown."""


class TerminalDisplay:
    """One line at the bottom of a terminal, which is gone at the end."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live: Live | None = None
        self._subject = Subject("")
        self._job: JobProgress | None = None

    def begin(self, subject: Subject) -> None:
        """Draw the line of a job."""
        self._subject, self._job = subject, None
        if self._live is None:
            from rich.live import Live

            self._live = Live(
                get_renderable=self._line, console=self._console, refresh_per_second=REFRESH_PER_S, transient=True
            )
            self._live.start()

    def show(self, job: JobProgress, event: ProgressEvent | None = None) -> None:
        """Keep the job for the next time that the line is drawn."""
        self._job = job

    def finish(self) -> None:
        """Leave the line empty until the next job."""
        self._subject, self._job = Subject(""), None

    def stop(self) -> None:
        """Remove the line."""
        if self._live is not None:
            self._live.stop()

    def _line(self) -> Table:
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        line = Table.grid(padding=(0, 2, 0, 0))
        if not self._subject.file:
            return line
        name, job = self._subject.name, self._job
        name = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
        share = 0.0 if job is None else job.share
        fields = [Text(name), Text(percent(share))]
        if job is not None:
            left, steps = time_left(job), Text(steps_of(job))
            fields += [Text(left)] if left else []
            rest = self._console.width - sum(field.cell_len + 2 for field in fields) - BAR_WIDTH - 2
            steps.truncate(max(0, rest), overflow="ellipsis")
            fields.append(steps)
        bar = ProgressBar(total=1.0, completed=share, width=BAR_WIDTH)
        for _ in range(len(fields) + 1):
            line.add_column(no_wrap=True)
        line.add_row(fields[0], bar, *fields[1:])
        return line


class LogDisplay:
    """A line for each tenth of a job, and each minute, of a job that takes longer than a few seconds."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._subject = Subject("")
        self._tenth, self._at = 0, 0.0

    def begin(self, subject: Subject) -> None:
        """Begin with a job."""
        self._subject, self._tenth, self._at = subject, 0, 0.0

    def show(self, job: JobProgress, event: ProgressEvent | None = None) -> None:
        """Write a line if it is time for one."""
        tenth, since = int(job.share * TENTHS), job.seconds - self._at
        if job.seconds < SILENT_S or since < PAUSE_S or (tenth <= self._tenth and since < MINUTE_S):
            return
        self._tenth, self._at = tenth, job.seconds
        left, steps = time_left(job), steps_of(job)
        self._say(f"{self._subject.name}: {percent(job.share)}{left and f', {left}'}{steps and f' ({steps})'}")

    def finish(self) -> None:
        """Do nothing: what was written is said by a line of its own."""

    def stop(self) -> None:
        """Do nothing."""


class EventDisplay:
    """An event for each start and end of a stage, and for steps now and then."""

    def __init__(self, events: Events, clock: Callable[[], float] = time.monotonic) -> None:
        self._events, self._clock = events, clock
        self._subject = Subject("")
        self._at: dict[tuple[str, str], float] = {}
        self._latest = 0.0

    def begin(self, subject: Subject) -> None:
        """Begin with a job."""
        self._subject, self._at, self._latest = subject, {}, self._clock()

    def show(self, job: JobProgress, event: ProgressEvent | None = None) -> None:
        """Write an event, unless there was one of the same step just now."""
        now = self._clock()
        if event is None:
            step = job.running[-1] if job.running else None
            if step is None or now - self._latest < HEARTBEAT_S:
                return
            self._write(job, step.stage, step.step, step.share, now)
            return
        is_step = bool(event.step)
        key = event.stage, event.step
        if is_step and key in self._at and now - self._at[key] < EVENT_S and event.completed < event.total:
            return
        self._at[key] = now
        share = event.completed / event.total if event.total > 0 else None
        self._write(job, event.stage, event.step, share, now)

    def _write(self, job: JobProgress, stage: str, step: str, share: float | None, now: float) -> None:
        self._latest = now
        left = None if job.seconds_left is None else round(job.seconds_left, 1)
        fields: dict[str, Any] = {
            "file_number": self._subject.number,
            "file_count": self._subject.count,
            "stage": stage,
            "step": step or None,
            "step_share": None if share is None else round(min(1.0, max(0.0, share)), 4),
            "share": round(job.share, 4),
            "seconds": round(job.seconds, 1),
            "seconds_left": left,
        }
        self._events.emit("progress", **fields)

    def finish(self) -> None:
        """Do nothing: the end of the input is an event of its own."""

    def stop(self) -> None:
        """Do nothing."""


def time_left(job: JobProgress) -> str:
    """Return the time left for people, "" where it is unknown, or would be 0:00."""
    from ..formats.fields import clock_time

    left = 0.0 if job.seconds_left is None else job.seconds_left + 0.5
    return f"{clock_time(left)} left" if left >= 1.0 else ""


def steps_of(job: JobProgress) -> str:
    """Return what runs now, and the share of each step."""
    return ", ".join(map(_named, job.running))


def percent(share: float) -> str:
    """Return a share, rounded down, so that 100 % is the end."""
    return f"{int(share * 100)} %"


def _named(running: Step) -> str:
    name = cell(running.step if running.step in ("", running.stage) else f"{running.stage}: {running.step}")
    name = name or running.stage
    return name if running.share is None else f"{name} {percent(running.share)}"
