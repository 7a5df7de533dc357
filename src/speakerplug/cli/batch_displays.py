"""The progress of many recordings: lines on a terminal, a few lines in a log, and events for programs."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from ..batch.record import DIED, DONE, STARTED, Record
from ..batch.tally import Totals
from ..errors import SpeakerPlugError
from ..formats.fields import clock_time
from . import console, events
from .progress import is_off
from .progress_displays import BAR_WIDTH, REFRESH_PER_S, percent
from .stdout import cell

if TYPE_CHECKING:
    from rich.console import Console, Group
    from rich.live import Live

log = logging.getLogger(__name__)

TICK_S = 1.0
"""Seconds between two looks at the totals."""
MOST_SHOWN = 4
"""Current files that are shown on a terminal."""
LOG_EVERY_S = 60.0
KEPT_S = 5.0
"""Seconds for which a failure waits for others that are alike."""
TENTHS = 10
"""In a log, there is a line for each tenth of the audio, and none sooner than a minute after the last."""


class Display(Protocol):
    """Shows a run."""

    def show(self, totals: Totals) -> None:
        """Show how far it is; called every second."""

    def tell(self, record: Record) -> None:
        """Show what became of a recording."""

    def stop(self, error: str = "") -> None:
        """Remove what is shown; an `error` that ended the run is told elsewhere."""


class FailureDisplay:
    """Failures alone.

    One whose reason all recordings may share is kept for a while: several end the run, with an error that has the
    reason once.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._kept_at = clock, 0.0
        self._kept: list[Record] = []
        self._lock = threading.Lock()

    def show(self, totals: Totals) -> None:
        """Print what was kept, if no more came."""
        with self._lock:
            if self._clock() - self._kept_at >= KEPT_S:
                self._tell_kept()

    def tell(self, record: Record) -> None:
        """Print a failure, or keep it."""
        if record.state == STARTED:
            return
        with self._lock:
            if not record.again or any(record.message != each.message for each in self._kept):
                self._tell_kept()
            self._kept.append(record)
            self._kept_at = self._clock()
            if not record.again:
                self._tell_kept()

    def stop(self, error: str = "") -> None:
        """Print what was kept, unless the error has the reason."""
        with self._lock:
            if not (self._kept and self._kept[0].message in error):
                self._tell_kept()

    def _tell_kept(self) -> None:
        for record in self._kept:
            tell_failure(record)
        self._kept = []


class TerminalDisplay(FailureDisplay):
    """A line with the totals, and one for each current file, at the bottom of a terminal; gone at the end."""

    def __init__(self, terminal: Console) -> None:
        from rich.live import Live

        super().__init__()
        self._terminal, self._totals = terminal, Totals()
        self._live: Live = Live(
            get_renderable=self._lines, console=terminal, refresh_per_second=REFRESH_PER_S, transient=True
        )
        self._live.start()

    def show(self, totals: Totals) -> None:
        """Keep the totals for the next time that the lines are drawn."""
        super().show(totals)
        self._totals = totals

    def stop(self, error: str = "") -> None:
        """Remove the lines."""
        super().stop(error)
        self._live.stop()

    def _lines(self) -> Group:
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        totals = self._totals
        line = Table.grid(padding=(0, 2, 0, 0))
        bar = ProgressBar(total=1.0, completed=totals.share, width=BAR_WIDTH)
        line.add_row(bar, Text(summary_line(totals), no_wrap=True, overflow="ellipsis"))
        shown = [*totals.running.items()][:MOST_SHOWN]
        current = [f"  {percent(share):>5}  {cell(os.path.basename(path))}" for path, share in shown]
        return Group(line, *(Text(each, no_wrap=True, overflow="ellipsis") for each in current))


class LogDisplay(FailureDisplay):
    """A line for each failure, and now and then one with the totals."""

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(clock)
        self._say = say
        self._at, self._tenth = clock(), 0

    def show(self, totals: Totals) -> None:
        """Write a line if it is time for one."""
        super().show(totals)
        tenth, now = int(totals.share * TENTHS), self._clock()
        if tenth > self._tenth and now - self._at >= LOG_EVERY_S:
            self._tenth, self._at = tenth, now
            self._say(f"{percent(totals.share)}: {summary_line(totals)}")


class EventDisplay:
    """An event for whatever becomes of a recording, and one with the totals every second while they change."""

    def __init__(self, current: events.Events, output: str) -> None:
        self._events, self._output = current, output
        self._last: Totals | None = None

    def show(self, totals: Totals) -> None:
        """Write the totals."""
        if self._last is not None and totals.running == self._last.running and totals.left == self._last.left:
            return
        self._last = totals
        self._events.emit("batch", **fields_of(totals))

    def tell(self, record: Record) -> None:
        """Write the events of a recording."""
        about: dict[str, Any] = {"state": record.state, "attempt": record.attempt}
        about |= {"audio_seconds": record.audio_s, "work_seconds": round(record.work_s, 3)}
        self._events.emit("recording", file=record.path, **about)
        for each in record.outputs if record.state == DONE else ():
            self._events.emit("output", file=record.path, path=os.path.join(self._output, each.path), is_partial=False)
        for warning in record.warnings:
            self._events.emit("log", file=record.path, level="warning", message=warning)
        if record.state not in (STARTED, DIED):
            code = 0 if record.state == DONE else 1
            if code:
                self._events.emit("error", file=record.path, message=record.message, kind=record.error, exit_code=code)
            self._events.settle(record.path, code)

    def stop(self, error: str = "") -> None:
        """Do nothing."""


@contextmanager
def shown(quiet: bool, output: str, totals: Callable[[], Totals]) -> Iterator[Display]:
    """Yield what shows a run, which looks at its `totals` every second."""
    display = _display(quiet, output)
    done = threading.Event()

    def tick() -> None:
        """Show the totals until the end."""
        while not done.wait(TICK_S):
            display.show(totals())

    threading.Thread(target=tick, name="progress", daemon=True).start()
    reason = ""
    try:
        yield display
    except SpeakerPlugError as error:
        reason = str(error)
        raise
    finally:
        done.set()
        display.stop(reason)


def _display(quiet: bool, output: str) -> Display:
    current = events.current()
    if current is not None:
        return EventDisplay(current, output)
    if quiet or is_off():
        return FailureDisplay()
    return TerminalDisplay(console.console()) if sys.stderr.isatty() else LogDisplay(console.say)


def tell_failure(record: Record) -> None:
    """Print the warnings about a recording, and its failure."""
    for warning in record.warnings:
        log.warning("%s: %s", record.path, warning)
    if record.state == DIED:
        log.warning("%s: %s; it is tried again after all others", record.path, record.message)
    elif record.state not in (STARTED, DONE):
        about = record.message if record.path in record.message else f"{record.path}: {record.message}"
        console.say(f"Error: {about}")


def summary_line(totals: Totals) -> str:
    """Return the totals in one line."""
    ended = totals.done + totals.failed + totals.skipped + totals.set_aside
    parts = [f"{ended}/{totals.files}"]
    parts += [f"{totals.failed} failed"] if totals.failed else []
    parts += [f"{amount(totals.done_audio_s)} of {amount(totals.audio_s)}"]
    parts += [f"{totals.speed:.1f}x real time"] if totals.speed is not None else []
    parts += [f"{clock_time(totals.seconds_left)} left"] if totals.seconds_left else []
    return ", ".join(parts)


def amount(seconds: float) -> str:
    """Return an amount of audio for people, in hours if there are some."""
    return f"{seconds / 3600:,.1f} h" if seconds >= 3600 else clock_time(seconds)


def fields_of(totals: Totals) -> dict[str, Any]:
    """Return the fields of an event with the totals."""
    return {
        "files": totals.files,
        "done": totals.done,
        "failed": totals.failed,
        "skipped": totals.skipped,
        "set_aside": totals.set_aside,
        "audio_seconds": round(totals.audio_s, 1),
        "done_audio_seconds": round(totals.done_audio_s, 1),
        "share": round(totals.share, 4),
        "seconds": round(totals.seconds, 1),
        "speed": None if totals.speed is None else round(totals.speed, 2),
        "seconds_left": None if totals.seconds_left is None else round(totals.seconds_left, 1),
        "running": [{"file": path, "share": round(share, 4)} for path, share in totals.running.items()],
    }
