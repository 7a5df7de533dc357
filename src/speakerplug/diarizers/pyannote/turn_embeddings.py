"""The speaker embeddings of turns, from the windows of a pyannote pipeline, for the dendrogram of turns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...transcript import SpeakerTree, Turn
from ..artifacts import Framed
from ..speaker_tree import speaker_tree, unit_rows
from .hook import SUBSEGMENTS, Kept

Array = NDArray[Any]


def tree_of_run(kept: Kept, exclusive: Sequence[Turn]) -> SpeakerTree | None:
    """Return the tree from the results that the hook kept of a run; None if they are not enough."""
    activity, embeddings = kept.get(SUBSEGMENTS, kept.get("segmentation")), kept.get("embeddings")
    if not isinstance(activity, Framed) or activity.data.ndim != 3 or getattr(embeddings, "ndim", 0) != 3:
        return None
    return tree_of_windows(exclusive, activity, np.asarray(embeddings))


def tree_of_windows(exclusive: Sequence[Turn], activity: Framed, embeddings: Array) -> SpeakerTree | None:
    """Return the tree of `exclusive` turns; None without usable embeddings.

    `activity` is that of each track, (windows, frames, tracks), and `embeddings` are its speaker embeddings, (windows,
    tracks, dimension), NaN for tracks without one.
    """
    if not exclusive or not embeddings.size or activity.data.shape[::2] != embeddings.shape[:2]:
        return None
    names = list(dict.fromkeys(turn.speaker for turn in exclusive))
    speaker = np.array([names.index(turn.speaker) for turn in exclusive])
    return speaker_tree(exclusive, *_turn_embeddings(exclusive, speaker, activity, embeddings))


def _turn_embeddings(
    exclusive: Sequence[Turn], speaker: Array, activity: Framed, embeddings: Array
) -> tuple[Array, Array]:
    """Return the summed embedding of each turn, and its seconds, over the tracks that are nearest to its speaker.

    Embeddings are normalized window by window, because those of a long recording are large.
    """

    def units(window: int) -> Array:
        """Return the unit embeddings of the tracks of a window; zeros for those without one."""
        return np.nan_to_num(unit_rows(embeddings[window]))

    shares = list(_shares(exclusive, activity, embeddings))
    centroids = np.zeros((int(speaker.max()) + 1, embeddings.shape[2]))
    for window, turns, share in shares:
        np.add.at(centroids, speaker[turns], share @ units(window))
    centroids = np.nan_to_num(unit_rows(centroids))
    sums, seconds = np.zeros((len(exclusive), embeddings.shape[2])), np.zeros(len(exclusive))
    for window, turns, share in shares:
        vectors = units(window)
        own = share * ((vectors @ centroids.T).argmax(axis=1) == speaker[turns, None])
        sums[turns] += own @ vectors
        seconds[turns] += own.sum(axis=1)
    return sums, seconds * activity.step / activity.duration  # each second lies in this many overlapping windows


def _shares(exclusive: Sequence[Turn], activity: Framed, embeddings: Array) -> Iterator[tuple[int, slice, Array]]:
    """Yield for each window the turns that overlap it, and the seconds of each track in each, (turns, tracks).

    Tracks without an embedding have zero seconds.
    """
    starts, ends = (np.array([getattr(turn, edge) for turn in exclusive]) for edge in ("start", "end"))
    windows, frames, _ = activity.data.shape
    length = activity.duration / frames
    for window in range(windows):
        begin = activity.start + window * activity.step
        turns = slice(*(int(np.searchsorted(*edge)) for edge in ((ends, begin), (starts, begin + activity.duration))))
        if turns.start >= turns.stop:
            continue
        talk = np.cumsum(np.nan_to_num(activity.data[window]), axis=0, dtype=np.float64)
        upto = np.vstack([np.zeros(talk.shape[1]), talk])
        first, last = (
            np.clip(np.rint((edge[turns] - begin) / length), 0, frames).astype(int) for edge in (starts, ends)
        )
        known = np.isfinite(unit_rows(embeddings[window])).all(axis=1)
        yield window, turns, (upto[last] - upto[first]) * known * length
