"""Which pieces of speech belong to one voice: agglomerative clustering that weighs speech, not windows."""

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
"""How many finer cuts of the tree are tried when more voices are asked for than are found."""
MAX_PIECES = 3000
"""The tree takes memory with the square of this; of more pieces, the longest make it and the rest are assigned."""


BLOCK = 4096
"""Embeddings that are compared at a time."""
PHANTOM = 0.5
"""A voice that has the most windows behind it for less than this many seconds is none."""


class VoiceClustering(BaseClustering):  # type: ignore[misc]  # pyannote ships no types
    """Average-linkage clustering of distinct pieces by cosine distance, then nearest centroid for every piece.

    `threshold`: pieces (groups of pieces) at most this far apart are one voice. `min_piece`: seconds of speech
    nobody talks into that a piece needs to count in finding the voices. `min_speech`: a voice with less speech
    than this many seconds is given to the nearest other one, unless it is farther than `distinct` from all.
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
        """Who speaks each piece: voices (windows, pieces), -2 for nobody; similarities to each voice; centroids.

        `embeddings` are (windows, pieces, dimension), NaN where nobody was heard; `segmentations` are (windows,
        frames, pieces), zeros and ones. The number of voices is kept within the bounds, given enough speech.
        """
        windows, pieces, dimension = embeddings.shape
        frame = segmentations.sliding_window.duration / segmentations.data.shape[1]
        clean = _clean_frames(segmentations.data).ravel() * frame
        heard = embeddings.reshape(-1, dimension)
        power = np.einsum("ij,ij->i", heard, heard)
        valid = np.isfinite(power) & (power > 0)
        distinct, seconds = self._distinct(heard, np.where(valid, clean, 0.0), num_clusters or min_clusters or 1)
        if not len(distinct):
            one_voice = np.zeros((windows, pieces), dtype=int)
            return one_voice, np.ones((windows, pieces, 1)), np.full((1, dimension), np.nan)
        _, low, high = self.set_num_clusters(len(distinct), num_clusters, min_clusters, max_clusters)
        centroids, others = self._voices(distinct, seconds, low, high)
        found = len(centroids)
        similarity = _similarity(heard, centroids)
        real = _won_seconds(similarity.reshape(windows, pieces, -1), segmentations) >= PHANTOM
        if real.sum() >= low:
            similarity, centroids = similarity[:, real], centroids[real]
        warn_if_doubtful(len(centroids), [len(centroids) + other - found for other in others])
        hard = np.where(valid, similarity.argmax(axis=1), -2).reshape(windows, pieces)
        return hard, similarity.reshape(windows, pieces, -1), centroids

    def _distinct(self, heard: Embeddings, clean: Vectors, wanted: int) -> tuple[Vectors, Vectors]:
        """Different embeddings, as units, and the seconds behind each: of pieces long enough, or of all if need be."""
        for shortest in (self.min_piece, 0.0):
            used = np.flatnonzero((clean > 0) & (clean >= shortest))
            found, which = _different(heard, used)
            if len(found) >= wanted:
                break
        seconds = np.zeros(len(found))
        np.maximum.at(seconds, which, clean[used])
        longest = np.argsort(-seconds, kind="stable")[:MAX_PIECES]
        return found[longest], seconds[longest]

    def _voices(self, units: Vectors, seconds: Vectors, low: int, high: int) -> tuple[Vectors, list[int]]:
        """The centroid of each voice, `low` to `high` of them (at most one for each unit).

        And the numbers that slightly other parameters would find, within the same bounds.
        """
        if len(units) == 1:
            return units, [1]
        tree = linkage(units, method="average", metric="cosine")

        def found(threshold: float, min_speech: float) -> _Voices:
            groups = 1 + int((tree[:, 2] > threshold).sum())
            return self._enough(_cut(tree, groups, units, seconds), min_speech)

        numbers = [len(found(more * self.threshold, less * self.min_speech)) for more, less in CHOICES]
        others = [min(max(number, low), high) for number in numbers]
        voices = found(self.threshold, self.min_speech)
        if len(voices) > high:
            voices = _merged(voices, high)
        elif len(voices) < low:
            voices = self._more(tree, units, seconds, low)
        return voices.centroids, others

    def _more(self, tree: Vectors, units: Vectors, seconds: Vectors, wanted: int) -> _Voices:
        """As many voices as are `wanted`, by finer cuts of the tree."""
        automatic = 1 + int((tree[:, 2] > self.threshold).sum())
        for min_speech in (self.min_speech, self.min_speech / 2, 0.0):
            for groups in range(automatic + 1, min(automatic + MAX_CUTS, len(units)) + 1):
                found = self._enough(_cut(tree, groups, units, seconds), min_speech)
                if len(found) >= wanted:
                    return _merged(found, wanted)
        return _cut(tree, wanted, units, seconds)

    def _enough(self, voices: _Voices, min_speech: float) -> _Voices:
        """The voices that speak enough, or are unlike all that do; the most talkative one in any case."""
        kept: list[int] = []
        for voice in np.argsort(-voices.seconds, kind="stable"):
            rare = bool(kept) and voices.seconds[voice] < min_speech
            if not rare or _distances(voices.centroids[[voice]], voices.centroids[kept]).min() > self.distinct:
                kept.append(int(voice))
        return _Voices(voices.centroids[kept], voices.seconds[kept])


@dataclass(frozen=True, slots=True)
class _Voices:
    """Unit centroids (voices, dimension) and the seconds of speech behind each."""

    centroids: Vectors
    seconds: Vectors

    def __len__(self) -> int:
        return len(self.seconds)


def _cut(tree: Vectors, groups: int, units: Vectors, seconds: Vectors) -> _Voices:
    """The voices of the tree when cut into `groups`."""
    by_rank = np.column_stack([tree[:, :2], np.arange(len(tree), dtype=float), tree[:, 3]])  # ties or not: one cut each
    labels = fcluster(by_rank, len(units) - groups - 0.5, criterion="distance") - 1
    shares = np.eye(groups)[labels].T * seconds
    return _Voices(_unit(shares @ units), shares.sum(axis=1))


def _merged(voices: _Voices, wanted: int) -> _Voices:
    """The voices, the two that cost least joined again and again (Ward's cost: a rare voice near another is cheap)."""
    while len(voices) > wanted:
        weight = np.multiply.outer(voices.seconds, voices.seconds) / np.add.outer(voices.seconds, voices.seconds)
        cost = weight * _distances(voices.centroids, voices.centroids)
        np.fill_diagonal(cost, np.inf)
        one, other = np.unravel_index(int(cost.argmin()), cost.shape)
        labels = np.arange(len(voices))
        labels[other] = one
        _, labels = np.unique(labels, return_inverse=True)
        shares = np.eye(len(voices) - 1)[labels].T * voices.seconds
        voices = _Voices(_unit(shares @ voices.centroids), shares.sum(axis=1))
    return voices


def _clean_frames(pieces: NDArray[np.uint8]) -> NDArray[np.intp]:
    """For how many frames nobody talks into each piece, (windows, pieces); by window, for copies of all are large."""
    return np.array([(window * (window.sum(axis=1, keepdims=True) == 1)).sum(axis=0) for window in pieces])


def _different(heard: Embeddings, used: NDArray[np.intp]) -> tuple[Vectors, NDArray[np.intp]]:
    """The different ones among the `used` embeddings, as units in order, and which of them each is.

    Most are copies, for up to ten windows hear the same piece. Those are known by their bytes; sorting copies them all.
    """
    numbers: dict[bytes, int] = {}
    copies = np.array([numbers.setdefault(heard[row].tobytes(), len(numbers)) for row in used], dtype=np.intp)
    _, first = np.unique(copies, return_index=True)
    found, which = np.unique(_unit(heard[used[first]]), axis=0, return_inverse=True)
    return found, which.ravel()[copies]


def _similarity(heard: Embeddings, centroids: Vectors) -> Vectors:
    """Cosine similarity (embeddings, centroids), -1 where one is NaN; block by block, for each step makes copies."""
    blocks = (_unit(heard[first : first + BLOCK]) for first in range(0, len(heard), BLOCK))
    return np.nan_to_num(1 - np.vstack([_distances(block, centroids) for block in blocks]), nan=-1.0)


def _won_seconds(similarity: Vectors, segmentations: SlidingWindowFeature) -> Vectors:
    """For how long each voice is the one that most windows hear; `similarity` is (windows, pieces, voices)."""
    voices = similarity.argmax(axis=2)
    windows, frames, pieces = segmentations.data.shape
    window = segmentations.sliding_window
    offsets = np.rint(np.arange(windows) * window.step / window.duration * frames).astype(int)
    votes = np.zeros((offsets[-1] + frames, similarity.shape[2]))
    for where, offset in enumerate(offsets):
        for piece in range(pieces):
            votes[offset : offset + frames, voices[where, piece]] += segmentations.data[where, :, piece]
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
