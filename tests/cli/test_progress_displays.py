"""One line on a terminal, lines in a log, and events: what each shows of a job, and how often."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from speakerplug.cli.events import Events
from speakerplug.cli.progress_displays import EventDisplay, LogDisplay, Subject, TerminalDisplay
from speakerplug.pipeline.job import JobProgress, Step
from speakerplug.system.progress import ProgressEvent
from tests.cli.conftest import events_in

RUNNING = (Step("recognition", "recognition", 0.51), Step("diarization", "segmentation", 0.6))


def job(share: float, seconds: float, left: float | None = 38.0) -> JobProgress:
    """Return a job with two stages that run."""
    return JobProgress(share, seconds, left, RUNNING)


def drawn(display: TerminalDisplay, width: int) -> str:
    """Return the line on a terminal of so many columns."""
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    with console.capture() as captured:
        console.print(display._line())
    assert captured.get().count("\n") == 1
    return captured.get().rstrip()


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (110, "2/3 talk.mp4  BAR  43 %  0:38 left  recognition 51 %, diarization: segmentation 60 %"),
        (70, "2/3 talk.mp4  BAR  43 %  0:38 left  recognition 51 %…"),
    ],
)
def test_terminal_has_one_line_of_the_job_and_its_steps(width: int, line: str) -> None:
    """It is as wide as the terminal at most; between two jobs it is empty."""
    display = TerminalDisplay(Console(file=io.StringIO(), width=width))
    display.begin(Subject("a/talk.mp4", 2, 3))
    display.show(job(0.439, 30.0))
    name, bar, rest = drawn(display, width).split("  ", 2)
    assert set(bar) <= {*"━╸╺"}
    assert f"{name}  BAR  {rest.lstrip()}" == line  # without colors, nothing is drawn of the rest of the bar
    display.finish()
    assert not drawn(display, width)
    display.stop()


def test_terminal_line_of_a_long_name_and_a_job_that_begins() -> None:
    """A name is cut, control characters in it are escaped, and what is unknown is left out."""
    display = TerminalDisplay(Console(file=io.StringIO()))
    display.begin(Subject(f"a\x1b{'a' * 30}.wav"))
    assert drawn(display, 100).split() == [f"a\\u001b{'a' * 16}…", "0", "%"]
    display.stop()


@pytest.mark.parametrize("left", [None, 0.3])
def test_time_left_that_is_unknown_or_none_is_not_shown(left: float | None) -> None:
    """Neither on a terminal nor in a log: what goes on is never at 0:00."""
    said: list[str] = []
    terminal, log = TerminalDisplay(Console(file=io.StringIO(), width=110)), LogDisplay(said.append)
    for display in (terminal, log):
        display.begin(Subject("talk.mp4"))
        display.show(job(0.439, 30.0, left))
    steps = "recognition 51 %, diarization: segmentation 60 %"
    assert drawn(terminal, 110).endswith(f"  43 %  {steps}")
    assert said == [f"talk.mp4: 43 % ({steps})"]
    terminal.stop()


@pytest.mark.parametrize(
    ("moments", "lines"),
    [
        ([(0.3, 5.0), (0.9, 19.9)], []),
        ([(0.25, 20.0), (0.29, 40.0), (0.31, 42.0), (0.52, 60.0)], ["25 %", "31 %", "52 %"]),
        ([(0.25, 20.0), (0.3, 22.0), (0.4, 23.0), (0.5, 26.0)], ["25 %", "50 %"]),
        ([(0.01, 61.0), (0.02, 100.0), (0.03, 121.0)], ["1 %", "3 %"]),
    ],
)
def test_log_has_a_line_for_each_tenth_and_each_minute(moments: list[tuple[float, float]], lines: list[str]) -> None:
    """Whichever comes first, no two within a few seconds, and none of a job of a few seconds."""
    said: list[str] = []
    display = LogDisplay(said.append)
    display.begin(Subject("talk.mp4"))
    for share, seconds in moments:
        display.show(job(share, seconds))
    rest = "0:38 left (recognition 51 %, diarization: segmentation 60 %)"
    assert said == [f"talk.mp4: {line}, {rest}" for line in lines]


def test_events_of_a_step_come_once_a_second_and_at_its_end() -> None:
    """The start and the end of a stage always do; without any, there is one every few seconds."""
    stream, now = io.StringIO(), [0.0]
    events = Events(stream)
    events.begin("a.wav")
    display = EventDisplay(events, clock=lambda: now[0])
    display.begin(Subject("a.wav"))
    moments = [
        (0.0, ProgressEvent("a.wav", "recognition")),
        (0.1, ProgressEvent("a.wav", "recognition", "speech", 1.0, 9.0)),
        (0.2, ProgressEvent("a.wav", "recognition", "speech", 2.0, 9.0)),
        (1.2, ProgressEvent("a.wav", "recognition", "speech", 3.0, 9.0)),
        (1.3, ProgressEvent("a.wav", "recognition", "speech", 9.0, 9.0)),
        (1.4, None),
        (6.4, None),
        (6.5, ProgressEvent("a.wav", "recognition", completed=1.0)),
    ]
    for now[0], event in moments:
        display.show(job(0.43, now[0]), event)
    found = [(each["step"], each["step_share"]) for each in events_in(stream.getvalue())[1:]]
    third, ninth = pytest.approx(1 / 3, abs=1e-4), pytest.approx(1 / 9, abs=1e-4)
    beat = "segmentation", 0.6
    assert found == [(None, 0.0), ("speech", ninth), ("speech", third), ("speech", 1.0), beat, (None, 1.0)]
