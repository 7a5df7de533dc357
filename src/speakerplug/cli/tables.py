"""Small tables on stderr: who talks how much, and where the time went."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..attribution.speaking_time import talk_of
from ..pipeline.progress import TOTAL
from . import console
from .terminal import cell

if TYPE_CHECKING:
    from ..transcript import Transcript


def show_talk(transcript: Transcript) -> None:
    """How many speakers there are, and how much each of them talks."""
    talks = talk_of(transcript.turns)
    rows = []
    for talk in talks:
        times = f"{talk.seconds:.1f}", f"{talk.share:.0%}", f"{talk.overlapped:.1f}"
        rows.append((transcript.name_of(talk.speaker) or "", *times, str(talk.turns)))
    title = f"{transcript.media.file}: {len(talks)} speaker{'s' if len(talks) != 1 else ''}"
    _show(title, ("", "talk s", "share", "overlap s", "turns"), rows)


def show_timings(transcript: Transcript, writing: float) -> None:
    """The seconds and the share of each stage and step, if they were asked for; `writing` came after the transcript."""
    if transcript.provenance.timings is None:
        return
    timings = {**transcript.provenance.timings, "writing": writing}
    total = timings.pop(TOTAL) + writing
    rows = []
    for name, seconds in timings.items():
        stage, _, step = name.partition(": ")
        rows.append((f"  {step}" if step else stage, f"{seconds:.2f}", f"{seconds / total:.0%}"))
    _show(f"{transcript.media.file}: {total:.2f} s in all", ("", "seconds", "share"), rows)
    if sum(seconds for name, seconds in timings.items() if ": " not in name) > total:
        console.say("  Stages ran at once; shares are of the time on the clock, and come to more than 100 %.")


def _show(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns: the first to the left, the numbers after it to the right."""
    console.say(cell(title))
    rows = [[cell(text) for text in row] for row in rows]
    if not rows:
        return
    width, *widths = (max(map(len, column)) for column in zip(head, *rows, strict=True))
    for first, *numbers in (head, *rows):
        cells = (number.rjust(size) for number, size in zip(numbers, widths, strict=True))
        console.say("  ".join((f"  {first.ljust(width)}", *cells)))
