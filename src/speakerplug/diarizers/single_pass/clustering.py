"""Agglomerative clustering of speech segments into speakers, weighted by the duration of speech.

A tree takes memory with the square of its leaves. Of more segments than `MAX_LEAVES`, those of each few hours are first
joined to groups of very similar ones, and the tree is that of the groups: so nobody who speaks little is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import cdist

from ..speaker_tree import unit_rows as unit_rows

Vectors = NDArray[np.float64]

CHOICES = ((0.9, 1.0), (1.1, 1.0), (1.0, 0.6), (1.0, 1.5))
"""Factors of the threshold and the minimum speech of a speaker with which the number is checked."""
MAX_LEAVES = 3000
"""Segments, or groups of them, from which the tree is built: it takes 36 MB for these."""
ALIKE = 0.5
"""Share of the threshold up to which segments are joined to a group before the tree is built."""
NEIGHBOR_S = 2000.0
"""Speech of the nearest speaker from which on another needs more of it, in proportion, than the minimum.

Odd embeddings, above all of words of a second, add up as speech does: those that are alike make a group of up to 0.04 %
of their speaker's seconds, which is 0.8 s, the minimum of the bundled diarizer, of 2000.
"""
LONGEST_S = 0.5
"""Seconds of the longest segment that a speaker needs, for each power of ten of the nearest speaker's seconds.

The shorter a segment, the farther it may be from its own speaker. Among more of them, longer ones are as far, but their
length grows only with the logarithm of the number. Beside less than 100 s of speech a second is enough.
"""
OFTEN = 5
"""A group with so many times the minimum of speech is a speaker without a long segment, too."""
APART_S = 300.0
"""A group with so much speech that the tree keeps apart is a speaker, however near another one is: brothers may be, and
two speakers that were joined are harder to mend than one that was split."""
MAX_CUTS = 200
"""How many finer cuts of the tree are tried when more speakers are requested than found."""


@dataclass(frozen=True, slots=True)
class Clustering:
    """Average-linkage clustering of speaker embeddings by cosine distance.

    `threshold`: maximum cosine distance of segments (groups of segments) of one speaker. A group is a speaker if it is
    farther from all others than speech of its length is from its own speaker: than `distinct` for an hour of it, than
    1 (nothing in common) for `min_speech_s`, and in between in proportion to the inverse of its seconds, as the
    variance of a speaker embedding is. More is asked of it where the nearest one speaks long: see `NEIGHBOR_S` and
    `LONGEST_S`; nothing where it speaks for minutes: see `APART_S`.
    """

    threshold: float
    min_speech_s: float
    distinct: float

    def speakers(self, units: Vectors, seconds: Vectors, low: int, high: int) -> tuple[Vectors, list[int]]:
        """Return the centroid of each speaker, `low` to `high` of them (at most one for each unit vector).

        The second value are the numbers of speakers that slightly different parameters find, within the same bounds.
        """
        leaves = self._condensed(_Clusters(units, seconds, seconds), low)
        if len(leaves) == 1:
            return leaves.centroids, [1]
        tree = linkage(leaves.centroids, method="average", metric="cosine")

        def found(threshold: float, min_speech: float) -> _Clusters:
            groups = 1 + int((tree[:, 2] > threshold).sum())
            return self._enough(_cut(tree, groups, leaves), min_speech)

        numbers = [len(found(more * self.threshold, less * self.min_speech_s)) for more, less in CHOICES]
        others = [min(max(number, low), high) for number in numbers]
        speakers = found(self.threshold, self.min_speech_s)
        if len(speakers) > high:
            speakers = _merged(speakers, high)
        elif len(speakers) < low:
            speakers = self._more(tree, leaves, low)
        return speakers.centroids, others

    def _condensed(self, segments: _Clusters, low: int) -> _Clusters:
        """Return `low` to `MAX_LEAVES` groups of the segments, which are in the order of time."""
        distance = ALIKE * self.threshold
        while len(segments) > MAX_LEAVES:
            parts = [segments[first : first + MAX_LEAVES] for first in range(0, len(segments), MAX_LEAVES)]
            groups = [_alike(part, distance, low) for part in parts]
            segments = _Clusters(
                np.vstack([group.centroids for group in groups]),
                np.concatenate([group.seconds for group in groups]),
                np.concatenate([group.longest for group in groups]),
            )
            distance *= 1.2
        return segments

    def _more(self, tree: Vectors, leaves: _Clusters, wanted: int) -> _Clusters:
        """Return as many speakers as are `wanted`, by finer cuts of the tree."""
        automatic = 1 + int((tree[:, 2] > self.threshold).sum())
        for min_speech in (self.min_speech_s, self.min_speech_s / 2, 0.0):
            for groups in range(automatic + 1, min(automatic + MAX_CUTS, len(leaves)) + 1):
                found = self._enough(_cut(tree, groups, leaves), min_speech)
                if len(found) >= wanted:
                    return _merged(found, wanted)
        return _cut(tree, wanted, leaves)

    def _enough(self, speakers: _Clusters, min_speech: float) -> _Clusters:
        """Return the groups that are speakers of their own, and always the one who speaks most."""
        kept: list[int] = []
        for speaker in map(int, np.argsort(-speakers.seconds, kind="stable")):
            if not kept or self._is_someone(speakers[[speaker]], speakers[kept], min_speech):
                kept.append(speaker)
        return speakers[kept]

    def _is_someone(self, one: _Clusters, others: _Clusters, min_speech: float) -> bool:
        """Return whether `one` is a speaker beside the `others`, and not odd segments of the nearest of these."""
        distance = distances(one.centroids, others.centroids)[0]
        of_nearest = others.seconds[distance.argmin()]
        least = min_speech * max(1.0, of_nearest / NEIGHBOR_S)
        own = self.distinct + (1 - self.distinct) * least / one.seconds[0]
        if one.seconds[0] >= max(APART_S, OFTEN * least):
            return True
        long_enough = one.longest[0] >= LONGEST_S * np.log10(of_nearest) or one.seconds[0] >= OFTEN * least
        return bool(distance.min() > own and long_enough)


@dataclass(frozen=True, slots=True)
class _Clusters:
    """Unit centroids (speakers, dimension), the seconds of speech behind each, and those of its longest segment."""

    centroids: Vectors
    seconds: Vectors
    longest: Vectors

    def __len__(self) -> int:
        return len(self.seconds)

    def __getitem__(self, which: slice | Sequence[int]) -> _Clusters:
        return _Clusters(self.centroids[which], self.seconds[which], self.longest[which])


def _alike(segments: _Clusters, distance: float, low: int) -> _Clusters:
    """Return the groups of segments within a cosine distance; where these are fewer than `low`, smaller ones."""
    if len(segments) == 1:
        return segments
    tree = linkage(segments.centroids, method="average", metric="cosine")
    groups = max(1 + int((tree[:, 2] > distance).sum()), min(low, MAX_LEAVES // 2, len(segments)))
    return _cut(tree, groups, segments)


def _cut(tree: Vectors, groups: int, leaves: _Clusters) -> _Clusters:
    """Return the speakers of the tree when cut into `groups`."""
    by_rank = np.column_stack(
        [tree[:, :2], np.arange(len(tree), dtype=float), tree[:, 3]]
    )  # one cut each, even for ties
    return _joined(leaves, fcluster(by_rank, len(leaves) - groups - 0.5, criterion="distance") - 1, groups)


def _joined(clusters: _Clusters, labels: NDArray[np.intp], groups: int) -> _Clusters:
    """Return the clusters of each label as one."""
    sums, seconds, longest = np.zeros((groups, clusters.centroids.shape[1])), np.zeros(groups), np.zeros(groups)
    np.add.at(sums, labels, clusters.centroids * clusters.seconds[:, None])
    np.add.at(seconds, labels, clusters.seconds)
    np.maximum.at(longest, labels, clusters.longest)
    return _Clusters(unit_rows(sums), seconds, longest)


def _merged(speakers: _Clusters, wanted: int) -> _Clusters:
    """Merge the two speakers of least cost (Ward's: low for a rare one near another) until `wanted` are left."""
    while len(speakers) > wanted:
        weight = np.multiply.outer(speakers.seconds, speakers.seconds) / np.add.outer(
            speakers.seconds, speakers.seconds
        )
        cost = weight * distances(speakers.centroids, speakers.centroids)
        np.fill_diagonal(cost, np.inf)
        one, other = np.unravel_index(int(cost.argmin()), cost.shape)
        labels = np.arange(len(speakers))
        labels[other] = one
        _, labels = np.unique(labels, return_inverse=True)
        speakers = _joined(speakers, labels, len(speakers) - 1)
    return speakers


def distances(some: Vectors, others: Vectors) -> Vectors:
    """Return the cosine distances of vectors, (some, others), NaN for those that have no direction."""
    found: Vectors = cdist(some, others, metric="cosine")
    return found
