"""Speaker change detection within a speech segment, where nobody pauses.

A speaker embedding network pools its features over time in its last layers. Running sums of the features give the
embedding of any part of a segment at the cost of one multiplication, so that every possible change is tried (the
generalized likelihood ratio of speaker segmentation, Gish et al. 1991, with the cosine distance for a ratio).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.floating]
Embed = Callable[[Vectors], Vectors]
"""From statistics (parts, 2 * channels) to embeddings (parts, dimension)."""

HOP = 5
"""Features between two places where a segment may be cut; they are 20 ms apart."""
HOP_S = 0.1
REACH = 20
"""Places on either side that are compared: two seconds are enough for an embedding."""


@dataclass(frozen=True, slots=True)
class RunningSums:
    """A speech segment as running sums, at the start, after every `HOP` features, and at the end.

    `sums` (2, channels, places) are of the features and of their squares, over the first `counts` (places) features;
    `frames` (places) are the frames of the segmentation at which those places lie.
    """

    sums: NDArray[np.float32]
    counts: NDArray[np.int64]
    frames: NDArray[np.int64]

    @classmethod
    def of(cls, features: Vectors, frames: NDArray[np.int64]) -> RunningSums:
        """Return the sums of `features` (channels, count), of which `frames` are the frames of the segmentation."""
        wide = features.astype(np.float64)
        hops = np.arange(0, features.shape[1], HOP)
        return cls.of_hops(np.add.reduceat([wide, wide**2], hops, axis=2), frames)

    @classmethod
    def of_hops(cls, hops: Vectors, frames: NDArray[np.int64]) -> RunningSums:
        """Return the sums of features of which the sums over each hop are known, (2, channels, hops).

        `frames` has the frame of each feature.
        """
        count = len(frames)
        places = np.append(np.arange(0, count, HOP), count)
        sums = np.zeros((*hops.shape[:2], len(places)), np.float32)
        sums[:, :, 1:] = np.cumsum(hops, axis=2, dtype=np.float64)
        return cls(sums, places, frames[np.minimum(places, count - 1)])

    def statistics(self, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> Vectors:
        """Return the mean and standard deviation of the features from place to place, (parts, 2 * channels)."""
        count = (self.counts[ends] - self.counts[starts]).astype(np.float64)[:, None]
        total, squares = (sums.T[ends].astype(np.float64) - sums.T[starts] for sums in self.sums)
        variance = (squares - total**2 / count) / np.maximum(count - 1, 1)
        return np.hstack([total / count, np.sqrt(np.maximum(variance, 0.0))])


def speaker_changes(sums: RunningSums, embed: Embed, distance: float, shortest: int, reach: int = REACH) -> list[int]:
    """Return the places of speaker changes, where the embeddings before and after are more than `distance` apart.

    Up to `reach` places on either side are compared; with more, a speaker who only interjects a word would be on both
    sides. The change of the largest distance comes first, then those within both parts; finally each place is
    searched again between its neighbors. No part is shorter than `shortest` places.
    """
    end = len(sums.counts) - 1
    found: list[int] = []
    parts = [(0, end)]
    while parts:
        part = parts.pop()
        place, apart = _farthest(sums, embed, part, shortest, reach)
        if apart > distance:
            found.append(place)
            parts += [(part[0], place), (place, part[1])]
    sure: list[int] = []
    found.sort()
    for following in (*found[1:], end)[: len(found)]:
        place, apart = _farthest(sums, embed, (sure[-1] if sure else 0, following), shortest, reach)
        if apart > distance:
            sure.append(place)
    return sure


def _farthest(sums: RunningSums, embed: Embed, part: tuple[int, int], shortest: int, reach: int) -> tuple[int, float]:
    """Return the place in a part with the largest distance of before and after, and that distance; 0 if too short."""
    start, end = part
    places = np.arange(start + shortest, end - shortest + 1)
    if not len(places):
        return start, 0.0
    before = embed(sums.statistics(np.maximum(places - reach, start), places))
    after = embed(sums.statistics(places, np.minimum(places + reach, end)))
    cosine = (before * after).sum(axis=1) / (np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1))
    return int(places[cosine.argmin()]), float(1 - cosine.min())


def parts_of(sums: RunningSums, embed: Embed, distance: float, shortest: int) -> tuple[NDArray[np.int64], Vectors]:
    """Return the frames at which to cut a segment, (parts - 1), and the embeddings of its parts, (parts, dimension)."""
    cuts = np.array(speaker_changes(sums, embed, distance, shortest), dtype=np.int64)
    edges = np.concatenate([[0], cuts, [len(sums.counts) - 1]])
    return sums.frames[cuts], embed(sums.statistics(edges[:-1], edges[1:]))
