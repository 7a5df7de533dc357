"""The clustering of speech segments into speakers, for pyannote's own pipeline."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyannote.audio.pipelines.clustering import BaseClustering
from pyannote.core import SlidingWindowFeature
from pyannote.pipeline.parameter import Uniform

from speakerplug.diarizers.single_pass.clustering import Clustering, Vectors, distances, unit_rows
from speakerplug.diarizers.single_pass.speakers import BLOCK, PHANTOM_S, doubt_about

log = logging.getLogger(__name__)

Embeddings = NDArray[np.float32]

MAX_SEGMENTS = 3000
"""The tree's memory grows with the square of this; of more segments, the longest form it and the rest are assigned."""


class SpeakerClustering(BaseClustering):  # type: ignore[misc]  # pyannote ships no types
    """Average-linkage clustering of distinct segments by cosine distance, then nearest centroid for every segment.

    `threshold`: maximum cosine distance of segments (groups of segments) of one speaker. `min_piece`: seconds of
    speech without overlap that a segment needs to take part in finding the speakers. `min_speech` and `distinct`: the
    distance from all others that makes a group a speaker, see `Clustering`.
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
        centroids, others = self._clustering().speakers(distinct, seconds, low, high)
        found = len(centroids)
        similarity = _similarity(vectors, centroids)
        real = _won_seconds(similarity.reshape(windows, segments, -1), segmentations) >= PHANTOM_S
        if real.sum() >= low:
            similarity, centroids = similarity[:, real], centroids[real]
        if doubt := doubt_about(len(centroids), [len(centroids) + other - found for other in others]):
            log.warning("%s", doubt)
        hard = np.where(valid, similarity.argmax(axis=1), -2).reshape(windows, segments)
        return hard, similarity.reshape(windows, segments, -1), centroids

    def _clustering(self) -> Clustering:
        return Clustering(self.threshold, self.min_speech, self.distinct)

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
    found, which = np.unique(unit_rows(vectors[used[first]]), axis=0, return_inverse=True)
    return found, which.ravel()[copies]


def _similarity(vectors: Embeddings, centroids: Vectors) -> Vectors:
    """Return the cosine similarity (embeddings, centroids), -1 for NaN; block by block, to save memory."""
    blocks = (unit_rows(vectors[first : first + BLOCK]) for first in range(0, len(vectors), BLOCK))
    return np.nan_to_num(1 - np.vstack([distances(block, centroids) for block in blocks]), nan=-1.0)


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
