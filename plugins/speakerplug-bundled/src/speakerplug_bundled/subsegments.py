"""Tracks of a local segmentation cut at pauses, so that two voices mistaken for one are told apart again.

A segmentation window is (frames, tracks), zeros and ones. Within a window segmentation-3.0 takes similar voices
for one speaker; people rarely change in mid-breath, so a track is cut where it pauses and every piece is heard on
its own. The same piece is seen by up to ten windows; it needs to be heard only once.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Frames = NDArray[np.floating]
"""Scores, or zeros and ones, (windows, frames, tracks) or (frames, tracks)."""
Masks = NDArray[np.uint8]
"""Zeros and ones; at a byte each, for a long recording has many."""

PAUSE_FRAMES = 4
"""A pause longer than this cuts: 0.07 s, in frames of 17 ms."""
PIECE_FRAMES = 45
"""Shorter than this (0.75 s) a piece stays with its neighbor: too little to know a voice by."""

JITTER_FRAMES = 6
"""The ends of the same piece differ by up to this (0.1 s) from window to window."""


def cut_at_pauses(segmentation: Frames, pause: int = PAUSE_FRAMES, shortest: int = PIECE_FRAMES) -> Masks:
    """`segmentation` (windows, frames, tracks) with a track for each piece: (windows, frames, pieces).

    Pieces share no frame within their track: the number of voices at each frame stays what it was.
    """
    cut = [_pieces_of(window, pause, shortest) for window in segmentation]
    windows, frames, tracks = segmentation.shape
    pieces = np.zeros((windows, frames, max([tracks, *map(len, cut)])), dtype=np.uint8)
    for window, found in enumerate(cut):
        for piece, where in enumerate(found):
            pieces[window, where, piece] = 1
    return pieces


def _pieces_of(window: Frames, pause: int, shortest: int) -> list[NDArray[np.int16]]:
    pieces: list[NDArray[np.int16]] = []
    for track in window.T:
        active = np.flatnonzero(track > 0).astype(np.int16)
        if not len(active):
            continue
        found: list[NDArray[np.int16]] = []
        for run in np.split(active, np.flatnonzero(np.diff(active) > pause) + 1):
            if found and min(len(run), len(found[-1])) < shortest:
                found[-1] = np.concatenate([found[-1], run])
            else:
                found.append(run)
        pieces += found
    return pieces


@dataclass(frozen=True, slots=True)
class _Piece:
    """A piece where a window sees it: `where` are its frames, counted from the start of the recording."""

    window: int
    piece: int
    where: NDArray[np.int32]
    is_whole: bool

    def holds(self, other: _Piece) -> bool:
        """Whether nine tenths of the other piece are in this one."""
        if self.where[0] > other.where[0] + JITTER_FRAMES or self.where[-1] < other.where[-1] - JITTER_FRAMES:
            return False
        nearest = np.minimum(np.searchsorted(self.where, other.where), len(self.where) - 1)
        return float((self.where[nearest] == other.where).mean()) >= 0.9


def representatives(pieces: Masks, step: float) -> NDArray[np.intp]:
    """For each piece the (window, piece) that is to be heard for it, (windows, pieces, 2); -1 where nobody speaks.

    `step` is the distance of windows in frames. It is the shortest piece that holds it and that no edge of a
    window cuts off, the first of those that are the same; itself where there is none.
    """
    windows, frames, tracks = pieces.shape
    chosen = np.full((windows, tracks, 2), -1, dtype=np.intp)
    reach = int(np.ceil(frames / step))

    @functools.lru_cache(maxsize=2 * reach + 2)
    def seen(window: int) -> list[_Piece]:
        """Of a long recording those of all windows would be many."""
        return _seen(window, pieces[window], round(window * step))

    for window in range(windows):
        around = range(max(0, window - reach), min(windows, window + reach + 1))
        near = [piece for other in around for piece in seen(other) if piece.is_whole]
        for piece in seen(window):
            holding = (other for other in near if other.holds(piece))
            best = min(holding, key=lambda other: (len(other.where) // JITTER_FRAMES, other.window), default=piece)
            chosen[window, piece.piece] = best.window, best.piece
    return chosen


def _seen(window: int, segmentation: Masks, offset: int) -> list[_Piece]:
    found = []
    for piece, track in enumerate(segmentation.T):
        active = np.flatnonzero(track > 0).astype(np.int32)
        if len(active):
            is_whole = bool(active[0] > 1 and active[-1] < len(track) - 2)
            found.append(_Piece(window, piece, active + offset, is_whole))
    return found


def cut_at(
    pieces: Masks, which: NDArray[np.intp], cuts: Sequence[NDArray[np.intp]], step: float
) -> tuple[Masks, NDArray[np.intp]]:
    """The pieces cut once more: (windows, frames, parts), and the number of each part, -1 for none, (windows, parts).

    Piece number `which` (windows, pieces) is cut at `cuts[which]`, frames counted from the start of the recording; its
    parts are numbered one after the other, and after those of all pieces with a lower number.
    """
    windows, frames, _ = pieces.shape
    first = np.cumsum([0, *(len(where) + 1 for where in cuts)])
    found: list[list[tuple[int, NDArray[np.int16]]]] = []
    for window, tracks in enumerate(pieces):
        parts = []
        for piece in np.flatnonzero(tracks.any(axis=0)):
            number, active = which[window, piece], np.flatnonzero(tracks[:, piece])
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
