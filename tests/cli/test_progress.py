"""`--progress`: what is shown where, with real commands and fake stages."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import click
import pytest

from speakerplug.cli import progress
from speakerplug.cli.fetch import fetch
from speakerplug.cli.progress import JobTracker, shown, stage
from speakerplug.cli.progress_displays import LogDisplay, Subject, TerminalDisplay
from speakerplug.pipeline.job import Cost, JobProgress
from speakerplug.system.progress import ProgressEvent
from speakerplug.testing import FakeRecognizer
from tests.cli.conftest import FAKES, Run, events_in, write_wav


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """Two seconds of audio."""
    return write_wav(tmp_path / "talk.wav", 2.0)


@pytest.mark.parametrize(
    ("quiet", "terminal", "chosen", "expected"),
    [
        (False, True, "auto", TerminalDisplay),
        (False, False, "auto", LogDisplay),
        (True, True, "auto", None),
        (True, False, "auto", None),
        (False, True, "off", None),
    ],
)
def test_shown_has_a_line_on_a_terminal_and_lines_elsewhere(
    quiet: bool, terminal: bool, chosen: str, expected: type | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With --quiet or --progress off there is nothing."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
    with click.Context(fetch) as context:
        context.meta[progress.CHOSEN] = chosen
        with shown(quiet) as tracker:
            assert (None if tracker is None else type(tracker._display)) is expected


class Recording:
    """A display that keeps what it shows."""

    def __init__(self) -> None:
        self.seen: list[object] = []

    def begin(self, subject: Subject) -> None:
        self.seen.append(subject.name)

    def show(self, job: JobProgress, event: ProgressEvent | None = None) -> None:
        if event is not None:
            self.seen.append((event.stage, event.step))

    def finish(self) -> None:
        self.seen.append("finished")

    def stop(self) -> None:
        self.seen.append("stopped")


def test_tracker_shows_one_input_after_the_other() -> None:
    """What comes between two is not shown, and what was learned of one counts for the next."""
    display = Recording()
    tracker = JobTracker(display, {"writing": Cost(9.0)})
    for number in (1, 2):
        tracker.begin(Subject("a.wav", number, 2))
        with stage(tracker.report, "a.wav", "loading") as report:
            assert report is not None
            report("recognizer", 1, 1)
        tracker.finish()
        tracker.report(ProgressEvent("a.wav", "late"))
    tracker.stop()
    one = [("loading", ""), ("loading", "recognizer"), ("loading", ""), "finished"]
    assert display.seen == ["1/2 a.wav", *one, "2/2 a.wav", *one, "stopped"]
    assert not tracker._costs["writing"].fixed


def test_stage_without_a_report_reports_nothing() -> None:
    """A command that shows no progress measures none."""
    with stage(None, "a.wav", "writing") as report:
        assert report is None


def test_short_job_in_a_pipe_prints_what_it_always_did(
    run: Run, talk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No line of progress."""
    assert run("transcribe", talk, *FAKES, "--vtt") == 0
    assert capsys.readouterr().err == f"Wrote {talk.with_suffix('.vtt')}\n"


def test_transcribe_on_a_terminal_draws_the_line_and_removes_it(
    run: Run, talk: Path, monkeypatch: pytest.MonkeyPatch, recognizer: FakeRecognizer
) -> None:
    """Messages stand above it."""
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr("speakerplug.cli.console._console", None)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    assert run("transcribe", talk, *FAKES, "--vtt", "--progress", "auto") == 0
    drawn = terminal.getvalue()
    assert "talk.wav" in drawn
    assert "━" in drawn
    assert f"Wrote {talk.with_suffix('.vtt')}" in drawn


def test_progress_off_leaves_messages(run: Run, talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is about progress only."""
    assert run("transcribe", talk, *FAKES, "--vtt", "--progress", "off") == 0
    assert "Wrote" in capsys.readouterr().err


def test_progress_of_an_unknown_kind_is_refused(run: Run, talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The error lists the kinds."""
    assert run("transcribe", talk, *FAKES, "--progress", "xml") == 2
    assert "'auto', 'json', 'off'" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["convert", "attribute", "diarize", "fetch"])
def test_commands_that_take_a_while_have_events(
    command: str, run: Run, talk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each begins and ends with one, even if its input is missing."""
    assert run(command, "nothing/here", "--progress", "json") != 0
    kinds = [event["event"] for event in events_in(capsys.readouterr().err)]
    assert (kinds[0], kinds[-2:]) == ("start", ["error", "end"])
