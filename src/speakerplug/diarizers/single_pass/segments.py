"""Link the local speakers of overlapping segmentation windows to speech segments of the recording.

A segmentation network knows a speaker only within its window, and the next window, one step later, numbers its
speakers anew. Here each local speaker is cut where it pauses, and a part of the next window that is active in mostly
the same frames continues it. So each speech segment is one object however many windows see it, and needs one speaker
embedding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .frames import FrameGrid

Mask = NDArray[np.bool_]
Masks = NDArray[np.uint8]
"""Zeros and ones, (frames, local speakers)."""
Votes = NDArray[np.uint16]
"""For each frame the votes of the windows in which it is active."""
Frames = NDArray[np.intp]

PAUSE_FRAMES = 4
"""A pause longer than this cuts: 0.07 s, in frames of 17 ms."""
SHORTEST_FRAMES = 30
"""A part shorter than this (half a second) is too short for an embedding, and stays with its neighbor."""
LONGEST_FRAMES = 7000
"""A segment as long as this (two minutes) is not continued: memory is bounded even if nobody ever pauses."""
SAME = 0.5
"""Two segments are the same if this share of the shorter one's frames is common."""


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """Speech of one local speaker: the `votes` of the windows for each frame, from the frame `first` on."""

    first: int
    votes: Votes

    @property
    def end(self) -> int:
        """The frame after its last one."""
        return self.first + len(self.votes)


def cut_at_pauses(active: Frames, pause: int = PAUSE_FRAMES, shortest: int = SHORTEST_FRAMES) -> list[Frames]:
    """Return the `active` frames, which are sorted, cut where they pause; no part is shorter than `shortest`."""
    parts: list[Frames] = []
    for run in np.split(active, np.flatnonzero(np.diff(active) > pause) + 1):
        if parts and min(len(run), len(parts[-1])) < shortest:
            parts[-1] = np.concatenate([parts[-1], run])
        else:
            parts.append(run)
    return parts if len(active) else []


@dataclass(slots=True, eq=False)
class _Linked:
    """A segment that later windows may change; `near` counts the windows in which another one is next to it.

    Two segments are next to each other if the network takes them for the same local speaker, with a pause between.
    """

    segment: Segment
    near: dict[_Linked, int] = field(default_factory=dict, hash=False)

    @property
    def frames(self) -> int:
        """How many frames are active in some window."""
        return int(np.count_nonzero(self.segment.votes))

    __hash__ = object.__hash__


class SegmentLinker:
    """Link windows, which come in order, to speech segments; those that no later window can change are returned."""

    def __init__(self, grid: FrameGrid) -> None:
        self._grid, self._votes = grid, grid.votes
        self._open: list[_Linked] = []
        self._held: list[_Linked] = []
        self._window = 0

    def add(self, window: Masks) -> list[Segment]:
        """Take the next window, and return the segments that are complete."""
        offset = self._grid.offset(self._window)
        complete = self._complete(offset)
        tracks = [_runs(track) for track in window.T]
        parts = [part for track in tracks for part in track]
        if parts:
            linked = self._link(parts, offset, coverage(self._grid, offset, len(window), self._window))
            for track in tracks:
                found, linked = linked[: len(track)], linked[len(track) :]
                for one, other in pairwise(found):
                    one.near[other] = other.near[one] = one.near.get(other, 0) + 1
        self._window += 1
        return complete

    def oldest(self, otherwise: int) -> int:
        """Return the first frame of the segments that may still change, at most `otherwise`."""
        return min([otherwise, *(each.segment.first for each in (*self._open, *self._held))])

    def finish(self) -> list[Segment]:
        """Return the segments that remain."""
        return self._complete(None)

    def _complete(self, offset: int | None) -> list[Segment]:
        """Close the segments that end before the frame `offset`; return those that no short one can join any more."""
        closed = [each for each in self._open if offset is None or each.segment.end <= offset]
        self._open = [] if offset is None else [each for each in self._open if each.segment.end > offset]
        self._held += closed
        for each in closed:
            if each.frames < SHORTEST_FRAMES:
                self._join(each)
        until = None if offset is None else offset - self._grid.per_window - SHORTEST_FRAMES
        complete = [each for each in self._held if until is None or each.segment.end <= until]
        self._held = [] if until is None else [each for each in self._held if each.segment.end > until]
        return [each.segment for each in complete]

    def _join(self, short: _Linked) -> None:
        """Let the neighbor that most windows agree on take a segment that is too short for an embedding."""
        remaining = {*self._open, *self._held} - {short}
        near = [
            (each.frames >= SHORTEST_FRAMES, count, each) for each, count in short.near.items() if each in remaining
        ]
        if not near:
            return
        *_, other = max(near, key=lambda choice: choice[:2])
        other.segment = _joined(other.segment, short.segment)
        self._held.remove(short)

    def _link(self, parts: Sequence[Mask], offset: int, covered: NDArray[np.intp]) -> list[_Linked]:
        """Add the votes of a window's parts to the segments that they continue; the others are new segments."""
        known = [each for each in self._open if len(each.segment.votes) < LONGEST_FRAMES]
        which = _continued(np.array(parts), _activity(known, offset, covered), covered > 0)
        linked = []
        for part, number in zip(parts, which, strict=True):
            if number < 0:
                self._open.append(_Linked(Segment(offset + int(part.argmax()), np.zeros(0, np.uint16))))
            found = self._open[-1] if number < 0 else known[number]
            found.segment = _joined(found.segment, self._votes_of(part, offset))
            linked.append(found)
        return linked

    def _votes_of(self, part: Mask, offset: int) -> Segment:
        """Return the votes of a part of the window that begins at `offset`."""
        first, last = np.flatnonzero(part)[[0, -1]]
        active = slice(int(first), int(last) + 1)
        return Segment(offset + active.start, part[active] * self._votes[active])


def _activity(known: Sequence[_Linked], offset: int, covered: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the share of earlier windows for each known segment and frame of a window, (segments, frames)."""
    votes = np.zeros((len(known), len(covered)))
    for row, linked in zip(votes, known, strict=True):
        each = linked.segment
        start, stop = max(each.first, offset), min(each.end, offset + len(covered))
        row[start - offset : stop - offset] = each.votes[start - each.first : stop - each.first]
    return votes / np.maximum(covered, 1)


def coverage(grid: FrameGrid, first: int, count: int, windows: int) -> NDArray[np.intp]:
    """Return how many votes the first `windows` windows have for each of `count` frames from `first` on."""
    covered, votes = np.zeros(count, dtype=np.intp), grid.votes
    window = max(0, int((first - grid.per_window) * grid.frame_step_s / grid.step_s) - 1)
    while window < windows and (offset := grid.offset(window)) < first + count:
        start, stop = max(offset, first), min(offset + grid.per_window, first + count)
        if start < stop:
            covered[start - first : stop - first] += votes[start - offset : stop - offset]
        window += 1
    return covered


def _runs(track: NDArray[np.uint8]) -> list[Mask]:
    """Return the parts of a track between its pauses."""
    runs = []
    for frames in cut_at_pauses(np.flatnonzero(track), shortest=0):
        run = np.zeros(len(track), dtype=bool)
        run[frames] = True
        runs.append(run)
    return runs


def _continued(parts: NDArray[np.bool_], activity: NDArray[np.float64], known: Mask) -> list[int]:
    """Return for each part (parts, frames) the number of the segment that it continues, -1 for none.

    The largest overlap is linked first. A segment continues in one part only: others are only next to it.
    """
    found = [-1] * len(parts)
    if not len(activity):
        return found
    common = parts @ activity.T
    least = np.minimum.outer(parts @ known.astype(float), activity.sum(axis=1))
    for part, number in _descending(np.where(common >= SAME * np.maximum(least, 1e-9), common, 0.0)):
        if found[part] < 0 and number not in found:
            found[part] = number
    return found


def _descending(common: NDArray[np.float64]) -> Iterator[tuple[int, int]]:
    for index in np.argsort(-common, axis=None, kind="stable"):
        row, column = divmod(int(index), common.shape[1])
        if common[row, column] <= 0:
            return
        yield row, column


def _joined(one: Segment, other: Segment) -> Segment:
    """Return a segment with the votes of both."""
    first, end = min(one.first, other.first), max(one.end, other.end)
    votes = np.zeros(end - first, dtype=np.uint16)
    for each in (one, other):
        votes[each.first - first : each.end - first] += each.votes
    return Segment(first, votes)
