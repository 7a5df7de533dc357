"""`--timings`: a table after each recording that names every second since the process started."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..system.process import process_seconds
from . import console

if TYPE_CHECKING:
    from ..transcript import Transcript


@dataclass
class _State:
    """Up to which second of this process tables have named everything; whether there was any table."""

    named_s: float = 0.0
    is_shown: bool = False


_state = _State()


def show_timings(transcript: Transcript, began: float, writing: float) -> None:
    """Print seconds and share of each part, if --timings was given.

    `began` is when the work on the recording began, in seconds of this process; `writing` is the time that its results
    took. `start` is what was before: of the first recording the start of Python, imports and the command line.
    """
    from ..pipeline.progress import OTHER, PARALLEL, TOTAL

    if transcript.provenance.timings is None:
        return
    stages = dict(transcript.provenance.timings)
    named = stages.pop(TOTAL) - stages.pop(OTHER, 0.0)
    parallel, now = stages.pop(PARALLEL, 0.0), process_seconds()
    total, start = now - _state.named_s, began - _state.named_s
    other = max(0.0, total - start - named - writing)
    _state.named_s, _state.is_shown = now, True
    parts = {"start": start, **stages, "writing": writing, "other": other}
    console.show_table(f"{transcript.media.file}: {total:.2f} s in all", ("", "seconds", "share"), _rows(parts, total))
    if parallel > 0.005:
        console.say(f"  Stages ran in parallel for {parallel:.2f} s, which are counted in each of them.")


def _rows(parts: Mapping[str, float], total: float) -> Iterator[tuple[str, str, str]]:
    for name, seconds in parts.items():
        stage, _, step = name.partition(": ")
        yield f"  {step}" if step else stage, f"{seconds:.2f}", f"{seconds / total:.0%}"


def show_exit() -> None:
    """Print what was after the last table: the end of the command, in which models are unloaded."""
    if _state.is_shown:
        now = process_seconds()
        console.say(f"  exit: {now - _state.named_s:.2f} s; {now:.2f} s since the process started")
