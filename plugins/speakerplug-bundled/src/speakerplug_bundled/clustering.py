"""Agglomerative clustering of speech segments into speakers, weighted by the duration of speech."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyannote.audio.pipelines.clustering import BaseClustering
from pyannote.core import SlidingWindowFeature
from pyannote.pipeline.parameter import Uniform
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import cdist

from .speaker_count import CHOICES, warn_if_doubtful

Vectors = NDArray[np.float64]
Embeddings = NDArray[np.float32]

MAX_CUTS = 200
"""How many finer cuts of the tree are tried when more speakers are requested than found."""
MAX_SEGMENTS = 3000
"""The tree's memory grows with the square of this; of more segments, the longest form it and the rest are assigned."""


BLOCK = 4096
"""Embeddings that are compared in one step."""
PHANTOM = 0.5
"""A speaker that most windows vote for during less than this many seconds is dropped."""


class SpeakerClustering(BaseClustering):  # type: ignore[misc]  # pyannote ships no types
    """Average-linkage clustering of distinct segments by cosine distance, then nearest centroid for every segment.

    `threshold`: maximum cosine distance of segments (groups of segments) of one speaker. `min_piece`: seconds of
    speech without overlap that a segment needs to take part in finding the speakers. `min_speech`: a speaker with
    less speech than this many seconds is merged into the nearest other one, unless all are farther than `distinct`.
    """

    expects_num_clusters = False

    def __init__(self, metric: str = "cosine", constrained_assignment: bool = False) -> None:
        super().__init__(metric=metric, constrained_assignment=constrained_assignment)
        self.threshold = Uniform(0.0, 1.0)
        self.min_piece = Uniform(0.2, 4.0)
        self.min_speech = Uniform(0.0, 20.0)
        self.distinct = Uniform(0.0, 1.0)

    def __call__(
        self,
        embeddings: NDArray[np.float32],
        segmentations: SlidingWindowFeature,
        num_clusters: int | None = None,
        min_clusters: int | None = None,
        max_clusters: int | None = None,
        **_: Any,
    ) -> tuple[NDArray[np.intp], Vectors, Vectors]:
        """Return the speakers (windows, segments), -2 for none, the similarity of each segment to each, and centroids.

        `embeddings` are (windows, segments, dimension), NaN where nobody speaks; `segmentations` are (windows,
        frames, segments), zeros and ones. The number of speakers is kept within the bounds, given enough speech.
        """
        windows, segments, dimension = embeddings.shape
        frame = segmentations.sliding_window.duration / segmentations.data.shape[1]
        clean = _clean_frames(segmentations.data).ravel() * frame
        vectors = embeddings.reshape(-1, dimension)
        power = np.einsum("ij,ij->i", vectors, vectors)
        valid = np.isfinite(power) & (power > 0)
        distinct, seconds = self._distinct(vectors, np.where(valid, clean, 0.0), num_clusters or min_clusters or 1)
        if not len(distinct):
            one_speaker = np.zeros((windows, segments), dtype=int)
            return one_speaker, np.ones((windows, segments, 1)), np.full((1, dimension), np.nan)
        _, low, high = self.set_num_clusters(len(distinct), num_clusters, min_clusters, max_clusters)
        centroids, others = self._speakers(distinct, seconds, low, high)
        found = len(centroids)
        similarity = _similarity(vectors, centroids)
        real = _won_seconds(similarity.reshape(windows, segments, -1), segmentations) >= PHANTOM
        if real.sum() >= low:
            similarity, centroids = similarity[:, real], centroids[real]
        warn_if_doubtful(len(centroids), [len(centroids) + other - found for other in others])
        hard = np.where(valid, similarity.argmax(axis=1), -2).reshape(windows, segments)
        return hard, similarity.reshape(windows, segments, -1), centroids

    def _distinct(self, vectors: Embeddings, clean: Vectors, wanted: int) -> tuple[Vectors, Vectors]:
        """Return the distinct embeddings, normalized, and seconds of each: of long segments, or of all if too few."""
        for shortest in (self.min_piece, 0.0):
            used = np.flatnonzero((clean > 0) & (clean >= shortest))
            found, which = _different(vectors, used)
            if len(found) >= wanted:
                break
        seconds = np.zeros(len(found))
        np.maximum.at(seconds, which, clean[used])
        longest = np.argsort(-seconds, kind="stable")[:MAX_SEGMENTS]
        return found[longest], seconds[longest]

    def _speakers(self, units: Vectors, seconds: Vectors, low: int, high: int) -> tuple[Vectors, list[int]]:
        """Return the centroid of each speaker, `low` to `high` of them (at most one for each unit vector).

        The second value are the numbers of speakers that slightly different parameters find, within the same bounds.
        """
        if len(units) == 1:
            return units, [1]
        tree = linkage(units, method="average", metric="cosine")

        def found(threshold: float, min_speech: float) -> _Clusters:
            groups = 1 + int((tree[:, 2] > threshold).sum())
            return self._enough(_cut(tree, groups, units, seconds), min_speech)

        numbers = [len(found(more * self.threshold, less * self.min_speech)) for more, less in CHOICES]
        others = [min(max(number, low), high) for number in numbers]
        speakers = found(self.threshold, self.min_speech)
        if len(speakers) > high:
            speakers = _merged(speakers, high)
        elif len(speakers) < low:
            speakers = self._more(tree, units, seconds, low)
        return speakers.centroids, others

    def _more(self, tree: Vectors, units: Vectors, seconds: Vectors, wanted: int) -> _Clusters:
        """Return as many speakers as are `wanted`, by finer cuts of the tree."""
        automatic = 1 + int((tree[:, 2] > self.threshold).sum())
        for min_speech in (self.min_speech, self.min_speech / 2, 0.0):
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
            if not rare or _distances(speakers.centroids[[speaker]], speakers.centroids[kept]).min() > self.distinct:
                kept.append(int(speaker))
        return _Clusters(speakers.centroids[kept], speakers.seconds[kept])


@dataclass(frozen=True, slots=True)
class _Clusters:
    """Unit centroids (speakers, dimension) and the seconds of speech behind each."""

    centroids: Vectors
    seconds: Vectors

    def __len__(self) -> int:
        return len(self.seconds)


def _cut(tree: Vectors, groups: int, units: Vectors, seconds: Vectors) -> _Clusters:
    """Return the speakers of the tree when cut into `groups`."""
    by_rank = np.column_stack(
        [tree[:, :2], np.arange(len(tree), dtype=float), tree[:, 3]]
    )  # one cut each, even for ties
    labels = fcluster(by_rank, len(units) - groups - 0.5, criterion="distance") - 1
    shares = np.eye(groups)[labels].T * seconds
    return _Clusters(_unit(shares @ units), shares.sum(axis=1))


def _merged(speakers: _Clusters, wanted: int) -> _Clusters:
    """Merge the two speakers of least cost (Ward's: low for a rare one near another) until `wanted` are left."""
    while len(speakers) > wanted:
        weight = np.multiply.outer(speakers.seconds, speakers.seconds) / np.add.outer(
            speakers.seconds, speakers.seconds
        )
        cost = weight * _distances(speakers.centroids, speakers.centroids)
        np.fill_diagonal(cost, np.inf)
        one, other = np.unravel_index(int(cost.argmin()), cost.shape)
        labels = np.arange(len(speakers))
        labels[other] = one
        _, labels = np.unique(labels, return_inverse=True)
        shares = np.eye(len(speakers) - 1)[labels].T * speakers.seconds
        speakers = _Clusters(_unit(shares @ speakers.centroids), shares.sum(axis=1))
    return speakers


def _clean_frames(segments: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Return the number of frames of each segment without overlap, (windows, segments)."""
    # By window, as a copy of all would be large.
    return np.array([(window * (window.sum(axis=1, keepdims=True) == 1)).sum(axis=0) for window in segments])


def _different(vectors: Embeddings, used: NDArray[np.intp]) -> tuple[Vectors, NDArray[np.intp]]:
    """Return the distinct ones of the `used` embeddings, normalized and sorted, and the index of each used one.

    Most are copies, as up to ten windows contain the same segment. Copies are found by their bytes, as sorting needs
    a copy of all.
    """
    numbers: dict[bytes, int] = {}
    copies = np.array([numbers.setdefault(vectors[row].tobytes(), len(numbers)) for row in used], dtype=np.intp)
    _, first = np.unique(copies, return_index=True)
    found, which = np.unique(_unit(vectors[used[first]]), axis=0, return_inverse=True)
    return found, which.ravel()[copies]


def _similarity(vectors: Embeddings, centroids: Vectors) -> Vectors:
    """Return the cosine similarity (embeddings, centroids), -1 for NaN; block by block, to save memory."""
    blocks = (_unit(vectors[first : first + BLOCK]) for first in range(0, len(vectors), BLOCK))
    return np.nan_to_num(1 - np.vstack([_distances(block, centroids) for block in blocks]), nan=-1.0)


def _won_seconds(similarity: Vectors, segmentations: SlidingWindowFeature) -> Vectors:
    """Return for how many seconds most windows vote for each speaker; `similarity` is (windows, segments, speakers)."""
    speakers = similarity.argmax(axis=2)
    windows, frames, segments = segmentations.data.shape
    window = segmentations.sliding_window
    offsets = np.rint(np.arange(windows) * window.step / window.duration * frames).astype(int)
    votes = np.zeros((offsets[-1] + frames, similarity.shape[2]))
    for where, offset in enumerate(offsets):
        for segment in range(segments):
            votes[offset : offset + frames, speakers[where, segment]] += segmentations.data[where, :, segment]
    winner = votes.argmax(axis=1)[votes.any(axis=1)]
    seconds: Vectors = np.bincount(winner, minlength=votes.shape[1]) * window.duration / frames
    return seconds


def _distances(some: Vectors, others: Vectors) -> Vectors:
    distances: Vectors = cdist(some, others, metric="cosine")
    return distances


def _unit(vectors: NDArray[Any]) -> Vectors:
    with np.errstate(divide="ignore", invalid="ignore"):
        units: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return units
