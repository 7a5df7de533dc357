"""Times: when each cue comes and goes, so that it can be read, the next one has its gap, and none waits for long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .rules import CueRules


@dataclass(frozen=True, slots=True)
class Spoken:
    """When the text of a cue is said, in milliseconds, and how many columns it has."""

    start: int
    end: int
    columns: int


def times_of(cues: Sequence[Spoken], rules: CueRules) -> list[tuple[int, int]]:
    """When each of the cues, sorted by start, stands on the screen, in milliseconds, one after the other.

    A cue begins with its first word; it waits for the one before it that is still being said or would be too short,
    and less long for one that is still being read.
    """
    starts: list[int] = []
    for index, cue in enumerate(cues):
        start = cue.start
        if index:
            before, begun = cues[index - 1], starts[-1]
            # What is said up to this cue gives its last moment for the gap; it is this cue that is to be in time.
            said = min(before.end - begun, rules.longest_ms) if before.end > cue.start else 0
            said = max(said, rules.shortest_ms)
            read = min(rules.reading_ms(before.columns), rules.longest_ms)
            start = max(
                start,
                min(begun + said + rules.gap_ms, cue.start + rules.late_ms),
                min(begun + read + rules.gap_ms, cue.start + rules.read_late_ms),
                begun + min(rules.glimpse_ms, rules.longest_ms) + rules.gap_ms,
            )
        starts.append(start)
    following = [*starts[1:], None]
    return [(start, _end(cue, start, then, rules)) for cue, start, then in zip(cues, starts, following, strict=False)]


def _end(cue: Spoken, start: int, following: int | None, rules: CueRules) -> int:
    end = max(cue.end, start + rules.shortest_ms, start + rules.reading_ms(cue.columns), start + 1)
    if following is not None and following - end < max(rules.chain_ms, rules.gap_ms):
        end = following - rules.gap_ms
    return min(end, start + rules.longest_ms)
