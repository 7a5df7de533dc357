"""The progress bar of every command, drawn on a terminal from the progress events of the stages."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..system.progress import ProgressEvent
from . import console as terminal
from .stdout import cell

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID


@contextmanager
def shown(quiet: bool) -> Iterator[ProgressBar | None]:
    """Yield a progress bar on a terminal, None in a pipe or if `quiet`."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    bar = ProgressBar(terminal.console())
    bar.start()
    try:
        yield bar
    finally:
        bar.stop()


class ProgressBar:
    """One row per step of the stages of the current recording."""

    def __init__(self, console: Console) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        self._progress = Progress(
            TextColumn("{task.description:<24}", markup=False),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._rows: dict[tuple[str, str], TaskID] = {}

    def start(self) -> None:
        """Start drawing."""
        self._progress.start()

    def stop(self) -> None:
        """Remove the bar."""
        self._progress.stop()

    def clear(self) -> None:
        """Remove the rows, before the next recording."""
        for row in self._rows.values():
            self._progress.remove_task(row)
        self._rows.clear()

    def report(self, event: ProgressEvent) -> None:
        """Update the row of the step; a stage has a row of its own until its first step reports."""
        stage, step = event.stage, event.step or event.stage
        if event.finished:
            self._fill(stage)
            return
        row = self._row(stage, step)
        if event.started:
            return
        waiting = self._rows.get((stage, stage))
        if waiting is not None and step != stage:
            self._progress.remove_task(waiting)
            del self._rows[stage, stage]
        self._progress.update(row, completed=event.completed, total=event.total)

    def _fill(self, finished: str) -> None:
        for (stage, _), row in list(self._rows.items()):
            if stage == finished:
                total = self._progress.tasks[self._progress.task_ids.index(row)].total or 1.0
                self._progress.update(row, completed=total, total=total)

    def _row(self, stage: str, step: str) -> TaskID:
        if (stage, step) not in self._rows:
            name = step if step == stage else f"{stage}: {step}"
            self._rows[stage, step] = self._progress.add_task(cell(name.capitalize()), total=None)
        return self._rows[stage, step]
