"""From speech segments with a speaker each to regular and exclusive turns, as pyannote.audio defines them.

In each frame as many speakers are active as the segmentation counts, those with the most votes; in exclusive turns at
most one. A turn begins and ends in the middle of a frame.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...transcript import Turn
from .frames import FrameGrid, Times

BLOCK = 200_000
"""Frames whose speakers are ranked at a time."""

Activity = NDArray[np.uint8]
"""Zeros and ones, (frames, speakers)."""


@dataclass(frozen=True, slots=True, eq=False)
class SpokenPart:
    """The `votes` of the windows that a speaker is active, for each frame from `first` on."""

    first: int
    votes: NDArray[np.uint16]
    speaker: int


def activity(parts: Iterable[SpokenPart], count: NDArray[np.uint8], speakers: int) -> Activity:
    """Return which speakers are active in each frame: `count` of them, those with the most votes."""
    votes = np.zeros((len(count), speakers), dtype=np.uint16)
    for part in parts:
        votes[part.first : part.first + len(part.votes), part.speaker] += part.votes[: len(count) - part.first]
    active = np.zeros(votes.shape, dtype=np.uint8)
    for first in range(0, len(count), BLOCK):
        block = votes[first : first + BLOCK]
        rank = np.empty(block.shape, dtype=np.intp)
        np.put_along_axis(
            rank, np.argsort(-block.astype(np.int32), axis=1, kind="stable"), np.arange(speakers)[None], 1
        )
        active[first : first + BLOCK] = (rank < count[first : first + BLOCK, None]) & (block > 0)
    return active


def turns_of(active: Activity, grid: FrameGrid, names: Sequence[str], pause_s: float = 0.0) -> tuple[Turn, ...]:
    """Return the turns of all speakers, sorted by start; pauses of up to `pause_s` seconds are bridged."""
    turns: list[Turn] = []
    for name, column in zip(names, active.T, strict=True):
        turns += [Turn(float(start), float(end), name) for start, end in _spans(column, grid, pause_s)]
    return tuple(sorted(turns, key=lambda turn: (turn.start, turn.end)))


def _spans(column: NDArray[np.uint8], grid: FrameGrid, pause_s: float) -> Times:
    """Return start and end of each run of ones, (runs, 2), in seconds."""
    edges = np.flatnonzero(np.diff(column, prepend=0, append=0).astype(np.int8))
    spans = grid.middles(np.minimum(edges, len(column) - 1)).reshape(-1, 2)
    spans = spans[spans[:, 1] > spans[:, 0]]
    if pause_s > 0 and len(spans):
        apart = np.flatnonzero(spans[1:, 0] - spans[:-1, 1] > pause_s)
        spans = np.column_stack([spans[np.append(0, apart + 1), 0], spans[np.append(apart, len(spans) - 1), 1]])
    return spans
