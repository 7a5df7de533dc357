"""Cue times: when each cue appears and disappears, readable, with gaps, and without long delays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .rules import CueRules


@dataclass(frozen=True, slots=True)
class SpokenText:
    """When the text of a cue is spoken, in milliseconds, and its width in columns."""

    start: int
    end: int
    columns: int


def times_of(cues: Sequence[SpokenText], rules: CueRules) -> list[tuple[int, int]]:
    """Return start and end (ms) on the screen of cues that are sorted by start, one after the other.

    A cue begins with its first word. It is delayed while the one before it is still being spoken or would be too short,
    and less long while that is still being read.
    """
    starts: list[int] = []
    for index, cue in enumerate(cues):
        start = cue.start
        if index:
            before, begun = cues[index - 1], starts[-1]
            # A cue gives up its last moment for the gap where it is spoken up to the next one, which is to be in time.
            spoken = min(before.end - begun, rules.longest_ms) if before.end > cue.start else 0
            spoken = max(spoken, rules.shortest_ms)
            read = min(rules.reading_ms(before.columns), rules.longest_ms)
            start = max(
                start,
                min(begun + spoken + rules.gap_ms, cue.start + rules.late_ms),
                min(begun + read + rules.gap_ms, cue.start + rules.read_late_ms),
                begun + min(rules.glimpse_ms, rules.longest_ms) + rules.gap_ms,
            )
        starts.append(start)
    following = [*starts[1:], None]
    return [(start, _end(cue, start, then, rules)) for cue, start, then in zip(cues, starts, following, strict=False)]


def _end(cue: SpokenText, start: int, following: int | None, rules: CueRules) -> int:
    end = max(cue.end, start + rules.shortest_ms, start + rules.reading_ms(cue.columns), start + 1)
    if following is not None and following - end < max(rules.chain_ms, rules.gap_ms):
        end = following - rules.gap_ms
    return min(end, start + rules.longest_ms)
