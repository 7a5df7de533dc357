"""Agglomerative clustering of speech segments into speakers, weighted by the duration of speech.

A tree takes memory with the square of its leaves. Of more segments than `MAX_LEAVES`, those of each few hours are first
joined to groups of very similar ones, and the tree is that of the groups: so nobody who speaks little is lost.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import cdist

from ..speaker_tree import unit_rows as unit_rows

Vectors = NDArray[np.float64]

CHOICES = ((0.9, 1.0), (1.1, 1.0), (1.0, 0.5))
"""Factors of the threshold and the minimum speech of a speaker with which the number is checked."""
MAX_LEAVES = 3000
"""Segments, or groups of them, from which the tree is built: it takes 36 MB for these."""
ALIKE = 0.5
"""Share of the threshold up to which segments are joined to a group before the tree is built."""
MAX_CUTS = 200
"""How many finer cuts of the tree are tried when more speakers are requested than found."""


@dataclass(frozen=True, slots=True)
class Clustering:
    """Average-linkage clustering of speaker embeddings by cosine distance.

    `threshold`: maximum cosine distance of segments (groups of segments) of one speaker. `min_speech_s`: a speaker with
    less speech than this is merged into the nearest other one, unless all are farther than `distinct`.
    """

    threshold: float
    min_speech_s: float
    distinct: float

    def speakers(self, units: Vectors, seconds: Vectors, low: int, high: int) -> tuple[Vectors, list[int]]:
        """Return the centroid of each speaker, `low` to `high` of them (at most one for each unit vector).

        The second value are the numbers of speakers that slightly different parameters find, within the same bounds.
        """
        units, seconds = self._condensed(units, seconds, low)
        if len(units) == 1:
            return units, [1]
        tree = linkage(units, method="average", metric="cosine")

        def found(threshold: float, min_speech: float) -> _Clusters:
            groups = 1 + int((tree[:, 2] > threshold).sum())
            return self._enough(_cut(tree, groups, units, seconds), min_speech)

        numbers = [len(found(more * self.threshold, less * self.min_speech_s)) for more, less in CHOICES]
        others = [min(max(number, low), high) for number in numbers]
        speakers = found(self.threshold, self.min_speech_s)
        if len(speakers) > high:
            speakers = _merged(speakers, high)
        elif len(speakers) < low:
            speakers = self._more(tree, units, seconds, low)
        return speakers.centroids, others

    def _condensed(self, units: Vectors, seconds: Vectors, low: int) -> tuple[Vectors, Vectors]:
        """Return `low` to `MAX_LEAVES` units, which are in the order of time, and the seconds of each."""
        distance = ALIKE * self.threshold
        while len(units) > MAX_LEAVES:
            groups = [
                _alike(units[first : first + MAX_LEAVES], seconds[first : first + MAX_LEAVES], distance, low)
                for first in range(0, len(units), MAX_LEAVES)
            ]
            units = np.vstack([group.centroids for group in groups])
            seconds = np.concatenate([group.seconds for group in groups])
            distance *= 1.2
        return units, seconds

    def _more(self, tree: Vectors, units: Vectors, seconds: Vectors, wanted: int) -> _Clusters:
        """Return as many speakers as are `wanted`, by finer cuts of the tree."""
        automatic = 1 + int((tree[:, 2] > self.threshold).sum())
        for min_speech in (self.min_speech_s, self.min_speech_s / 2, 0.0):
            for groups in range(automatic + 1, min(automatic + MAX_CUTS, len(units)) + 1):
                found = self._enough(_cut(tree, groups, units, seconds), min_speech)
                if len(found) >= wanted:
                    return _merged(found, wanted)
        return _cut(tree, wanted, units, seconds)

    def _enough(self, speakers: _Clusters, min_speech: float) -> _Clusters:
        """Return the speakers that speak enough or are unlike all that do, and always the one who speaks most."""
        kept: list[int] = []
        for speaker in np.argsort(-speakers.seconds, kind="stable"):
            rare = bool(kept) and speakers.seconds[speaker] < min_speech
            if not rare or distances(speakers.centroids[[speaker]], speakers.centroids[kept]).min() > self.distinct:
                kept.append(int(speaker))
        return _Clusters(speakers.centroids[kept], speakers.seconds[kept])


@dataclass(frozen=True, slots=True)
class _Clusters:
    """Unit centroids (speakers, dimension) and the seconds of speech behind each."""

    centroids: Vectors
    seconds: Vectors

    def __len__(self) -> int:
        return len(self.seconds)


def _alike(units: Vectors, seconds: Vectors, distance: float, low: int) -> _Clusters:
    """Return the groups of units within a cosine distance; where these are fewer than `low`, smaller ones."""
    if len(units) == 1:
        return _Clusters(units, seconds)
    tree = linkage(units, method="average", metric="cosine")
    groups = max(1 + int((tree[:, 2] > distance).sum()), min(low, MAX_LEAVES // 2, len(units)))
    return _cut(tree, groups, units, seconds)


def _cut(tree: Vectors, groups: int, units: Vectors, seconds: Vectors) -> _Clusters:
    """Return the speakers of the tree when cut into `groups`."""
    by_rank = np.column_stack(
        [tree[:, :2], np.arange(len(tree), dtype=float), tree[:, 3]]
    )  # one cut each, even for ties
    labels = fcluster(by_rank, len(units) - groups - 0.5, criterion="distance") - 1
    sums = np.zeros((groups, units.shape[1]))
    np.add.at(sums, labels, units * seconds[:, None])
    return _Clusters(unit_rows(sums), np.bincount(labels, weights=seconds, minlength=groups).astype(np.float64))


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
        shares = np.eye(len(speakers) - 1)[labels].T * speakers.seconds
        speakers = _Clusters(unit_rows(shares @ speakers.centroids), shares.sum(axis=1))
    return speakers


def distances(some: Vectors, others: Vectors) -> Vectors:
    """Return the cosine distances of vectors, (some, others), NaN for those that have no direction."""
    found: Vectors = cdist(some, others, metric="cosine")
    return found
