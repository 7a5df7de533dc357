"""The progress bar: rows of stages and their steps, on a terminal only."""

from __future__ import annotations

import io
import sys

import pytest
from rich.console import Console

from speakerplug.cli.progress import ProgressBar, shown
from speakerplug.system.progress import ProgressEvent


def rows(bar: ProgressBar) -> list[tuple[str, float, float | None]]:
    """Return the description, progress and total of each row."""
    return [(task.description, task.completed, task.total) for task in bar._progress.tasks]


def test_progress_bar_replaces_the_row_of_a_stage_by_its_steps_and_fills_them_at_its_end() -> None:
    """A stage has a row of its own until its first step; cleared, the bar is empty for the next recording."""
    bar = ProgressBar(Console(file=io.StringIO(), force_terminal=True))
    bar.start()
    bar.report(ProgressEvent("a.wav", "recognition"))
    assert rows(bar) == [("Recognition", 0, None)]
    bar.report(ProgressEvent("a.wav", "recognition", "words", 3.0, 10.0))
    bar.report(ProgressEvent("a.wav", "diarization"))
    assert rows(bar) == [("Recognition: words", 3.0, 10.0), ("Diarization", 0, None)]
    bar.report(ProgressEvent("a.wav", "recognition", completed=1.0))
    bar.report(ProgressEvent("a.wav", "diarization", completed=1.0))
    assert [(done, total) for _, done, total in rows(bar)] == [(10.0, 10.0), (1.0, 1.0)]
    bar.clear()
    assert rows(bar) == []
    bar.stop()


@pytest.mark.parametrize(
    ("quiet", "terminal", "expected"), [(False, True, True), (True, True, False), (False, False, False)]
)
def test_shown_has_a_bar_on_a_terminal_without_quiet_only(
    quiet: bool, terminal: bool, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a pipe and with --quiet there is none."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
    with shown(quiet) as bar:
        assert (bar is not None) is expected
