"""The progress of many recordings, for people."""

from __future__ import annotations

import io
import logging

import pytest
from rich.console import Console

import speakerplug.cli.batch_displays
from speakerplug.batch.record import Record
from speakerplug.batch.tally import Totals
from speakerplug.cli.batch_displays import (
    FailureDisplay,
    LogDisplay,
    TerminalDisplay,
    amount,
    summary_line,
    tell_failure,
)

HALF = Totals(
    files=10, done=4, failed=1, audio_s=7200.0, done_audio_s=3600.0, seconds=600.0, speed=6.0, seconds_left=600.0,
    running={"in/[bold]a.wav": 0.256, "in/two\nlines.wav": 0.0},
)  # fmt: skip


def test_summary_line_is_in_amounts_of_audio() -> None:
    """What is not known yet is left out."""
    assert summary_line(HALF) == "5/10, 1 failed, 1.0 h of 2.0 h, 6.0x real time, 10:00 left"
    assert summary_line(Totals(files=2, audio_s=90.0)) == "0/2, 0:00 of 1:30"


@pytest.mark.parametrize(
    ("seconds", "text"), [(59.9, "0:59"), (3599.0, "59:59"), (3600.0, "1.0 h"), (4e6, "1,111.1 h")]
)
def test_amount_of_audio_has_hours_where_there_are_some(seconds: float, text: str) -> None:
    """Ten seconds are no 0.0 h."""
    assert amount(seconds) == text


def test_terminal_display_shows_totals_and_current_files() -> None:
    """Names are shown as they are, on one line each, and all is gone at the end."""
    printed = io.StringIO()
    display = TerminalDisplay(Console(file=printed, force_terminal=True, width=100))
    display.show(HALF)
    display.stop()
    text = printed.getvalue()
    assert "5/10, 1 failed, 1.0 h of 2.0 h" in text
    assert " 25 %  [bold]a.wav" in text
    assert "two\\nlines.wav" in text


def test_log_display_writes_a_line_for_a_tenth_and_no_more_than_one_a_minute() -> None:
    """A log of a thousand recordings stays short."""
    now, lines = [0.0], list[str]()
    display = LogDisplay(lines.append, lambda: now[0])
    for second in range(0, 601, 10):
        now[0] = float(second)
        display.show(Totals(files=10, audio_s=600.0, done_audio_s=float(second)))
    assert len(lines) == 10
    assert lines[0] == "10 %: 0/10, 1:00 of 10:00"


def test_failures_are_told_with_the_name_of_the_recording_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Warnings too; what is done or begun is not told."""
    said: list[str] = []
    monkeypatch.setattr(speakerplug.cli.batch_displays.console, "say", said.append)
    monkeypatch.setattr(speakerplug.cli.batch_displays, "log", logging.getLogger("no log of ours"))
    tell_failure(Record("failed", "a", 0.0, "in/a.wav", message="It is bad: copy it.", warnings=("odd",)))
    tell_failure(Record("killed", "b", 0.0, "in/b.wav", message="in/b.wav ended its worker: go on."))
    FailureDisplay().tell(Record("died", "b", 0.0, "in/b.wav", message="its process was lost"))
    for state in ("started", "done"):
        tell_failure(Record(state, "c", 0.0, "in/c.wav"))
    assert said == ["Error: in/a.wav: It is bad: copy it.", "Error: in/b.wav ended its worker: go on."]
    assert caplog.messages == ["in/a.wav: odd", "in/b.wav: its process was lost; it is tried again after all others"]


def alike(path: str, message: str = "There is no model x.") -> Record:
    """Return a failure that other recordings may share."""
    return Record("failed", path, 0.0, path, error="UsageError", message=message, again=True)


def test_failures_that_end_the_run_are_left_to_its_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error has their reason once; they are told if the run ends otherwise, goes on, or nothing comes for long."""
    said: list[str] = []
    monkeypatch.setattr(speakerplug.cli.batch_displays.console, "say", said.append)
    now = [0.0]

    def ended(error: str = "", *others: Record, after_s: float = 0.0) -> list[str]:
        """Return what is said of two failures that are alike."""
        said.clear()
        display = FailureDisplay(lambda: now[0])
        for record in (alike("a"), Record("started", "b", 0.0, "b"), alike("b"), *others):
            display.tell(record)
        now[0] += after_s
        display.show(HALF)
        display.stop(error)
        return [*said]

    both = ["Error: a: There is no model x.", "Error: b: There is no model x."]
    assert ended("There is no model x. 3 files failed alike.") == []
    assert ended() == ended("The disk is full.") == both
    assert ended("There is no model x. 3 files", after_s=6.0) == both
    assert ended("The disk is full.", Record("done", "c", 0.0, "c")) == both
    assert ended("There is no y.", alike("c", "There is no y.")) == both
