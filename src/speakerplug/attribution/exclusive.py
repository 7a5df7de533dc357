"""Exclusive turns derived from regular ones, for diarizers that give none of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..transcript import Turn


def exclusive_of(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """Return turns without overlap: where turns overlap, the earlier one lasts to its end, then a later one continues.

    A turn that lies wholly within another is left out, as can happen in pyannote's own exclusive diarization.
    """
    exclusive: list[Turn] = []
    floor = float("-inf")
    for turn in sorted(turns, key=lambda turn: (turn.start, -turn.end)):
        if turn.end > max(floor, turn.start):
            exclusive.append(replace(turn, start=max(turn.start, floor)))
            floor = turn.end
    return tuple(exclusive)
