"""Turns that a network finds in the silence with which the last window of a recording is filled up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..transcript import Turn


def cut_at_end(turns: Iterable[Turn], duration: float) -> tuple[Turn, ...]:
    """Return the turns without what lies after `duration` seconds, where the recording ends."""
    return tuple(replace(turn, end=min(turn.end, duration)) for turn in turns if turn.start < duration)
