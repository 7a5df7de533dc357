"""Tracks of a local segmentation cut at pauses, so that two speakers confused as one are separated again.

A segmentation window is (frames, tracks), zeros and ones. Within a window segmentation-3.0 confuses similar speakers;
they rarely change without a pause, so a track is cut where it pauses and every segment is embedded on its own. The
same segment is in up to ten windows; it is embedded only once.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from speakerplug.diarizers.single_pass.segments import PAUSE_FRAMES, SHORTEST_FRAMES
from speakerplug.diarizers.single_pass.segments import cut_at_pauses as cut_track

Frames = NDArray[np.floating]
"""Scores, or zeros and ones, (windows, frames, tracks) or (frames, tracks)."""
Masks = NDArray[np.uint8]
"""Zeros and ones, of one byte each, as a long recording has many."""

JITTER_FRAMES = 6
"""The ends of the same segment differ by up to this (0.1 s) between windows."""


def cut_at_pauses(segmentation: Frames, pause: int = PAUSE_FRAMES, shortest: int = SHORTEST_FRAMES) -> Masks:
    """Return `segmentation` (windows, frames, tracks) with a track for each segment: (windows, frames, segments).

    The segments of a track share no frame: the number of speakers at each frame does not change.
    """
    cut = [_segments_of(window, pause, shortest) for window in segmentation]
    windows, frames, tracks = segmentation.shape
    segments = np.zeros((windows, frames, max([tracks, *map(len, cut)])), dtype=np.uint8)
    for window, found in enumerate(cut):
        for segment, where in enumerate(found):
            segments[window, where, segment] = 1
    return segments


def _segments_of(window: Frames, pause: int, shortest: int) -> list[NDArray[np.int16]]:
    parts = (part for track in window.T for part in cut_track(np.flatnonzero(track > 0), pause, shortest))
    return [part.astype(np.int16) for part in parts]  # of a long recording all are in memory


@dataclass(frozen=True, slots=True)
class _Segment:
    """A segment as seen in one window: `where` are its frames, counted from the start of the recording."""

    window: int
    segment: int
    where: NDArray[np.int32]
    is_whole: bool

    def holds(self, other: _Segment) -> bool:
        """Return whether nine tenths of the other segment are in this one."""
        if self.where[0] > other.where[0] + JITTER_FRAMES or self.where[-1] < other.where[-1] - JITTER_FRAMES:
            return False
        nearest = np.minimum(np.searchsorted(self.where, other.where), len(self.where) - 1)
        return float((self.where[nearest] == other.where).mean()) >= 0.9


def representatives(segments: Masks, step: float) -> NDArray[np.intp]:
    """Return the (window, segment) that represents each segment, (windows, segments, 2); -1 where nobody speaks.

    `step` is the distance of windows in frames. The representative is the shortest segment that contains it and is
    not cut off by the edge of its window, the first of equal ones; itself if there is none.
    """
    windows, frames, tracks = segments.shape
    chosen = np.full((windows, tracks, 2), -1, dtype=np.intp)
    reach = int(np.ceil(frames / step))

    @functools.lru_cache(maxsize=2 * reach + 2)
    def seen(window: int) -> list[_Segment]:
        return _seen(window, segments[window], round(window * step))

    for window in range(windows):
        around = range(max(0, window - reach), min(windows, window + reach + 1))
        near = [segment for other in around for segment in seen(other) if segment.is_whole]
        for segment in seen(window):
            holding = (other for other in near if other.holds(segment))
            best = min(holding, key=lambda other: (len(other.where) // JITTER_FRAMES, other.window), default=segment)
            chosen[window, segment.segment] = best.window, best.segment
    return chosen


def _seen(window: int, segmentation: Masks, offset: int) -> list[_Segment]:
    found = []
    for segment, track in enumerate(segmentation.T):
        active = np.flatnonzero(track > 0).astype(np.int32)
        if len(active):
            is_whole = bool(active[0] > 1 and active[-1] < len(track) - 2)
            found.append(_Segment(window, segment, active + offset, is_whole))
    return found


def cut_at(
    segments: Masks, which: NDArray[np.intp], cuts: Sequence[NDArray[np.intp]], step: float
) -> tuple[Masks, NDArray[np.intp]]:
    """Return the segments cut again, (windows, frames, parts), and the number of each part, (windows, parts), or -1.

    Segment number `which` (windows, segments) is cut at `cuts[which]`, in frames from the start of the recording; its
    parts are numbered consecutively, after those of all segments with a lower number.
    """
    windows, frames, _ = segments.shape
    first = np.cumsum([0, *(len(where) + 1 for where in cuts)])
    found: list[list[tuple[int, NDArray[np.int16]]]] = []
    for window, tracks in enumerate(segments):
        parts = []
        for segment in np.flatnonzero(tracks.any(axis=0)):
            number, active = which[window, segment], np.flatnonzero(tracks[:, segment])
            part = np.searchsorted(cuts[number], active + round(window * step), side="right")
            parts += [(int(first[number] + one), active[part == one].astype(np.int16)) for one in np.unique(part)]
        found.append(parts)
    shape = windows, max([1, *map(len, found)])
    masks, numbers = np.zeros((windows, frames, shape[1]), dtype=np.uint8), np.full(shape, -1, dtype=np.intp)
    for window, parts in enumerate(found):
        for column, (number, where) in enumerate(parts):
            masks[window, where, column] = 1
            numbers[window, column] = number
    return masks, numbers
