"""The clustering of a pyannote pipeline, for the embeddings of one pass.

Its parameters were tuned on embeddings of the local speakers of windows: how many there are, how much each speaks in a
window, and which are of the same window all count. So that is what it gets: for each local speaker of each window, the
mean of the embeddings of the speech segments that it is part of.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..single_pass import Masks
from ..single_pass.clustering import Vectors
from ..single_pass.engine import Passed
from .patches import forced_clusters, warn_of_forced_clusters


class PipelineClustering:
    """The `clustering` of a pipeline for what `passed` found, where `masks` are those of its windows."""

    def __init__(self, clustering: Any, passed: Passed, masks: Sequence[Masks]) -> None:
        self._clustering, self._passed = clustering, passed
        self._activity = stacked(masks)

    def speakers(self, units: Vectors, seconds: Vectors, low: int, high: int) -> tuple[Vectors, list[int]]:
        """Return the centroid of each speaker, and no other numbers of speakers.

        If no local speaker says enough in any window, everybody is one speaker, as in pyannote's pipeline.
        """
        from pyannote.core import SlidingWindow, SlidingWindowFeature

        grid = self._passed.grid
        windows = SlidingWindow(start=0.0, duration=grid.window_s, step=grid.step_s)
        with forced_clusters() as forced, warnings.catch_warnings(), np.errstate(invalid="ignore"):
            warnings.simplefilter("ignore")  # of means of nothing, and of fewer different embeddings than clusters
            *_, centroids = self._clustering(
                embeddings=window_embeddings(self._passed, self._activity),
                segmentations=SlidingWindowFeature(self._activity, windows),
                num_clusters=low if low == high else None,
                min_clusters=low,
                max_clusters=high,
            )
        warn_of_forced_clusters(forced)
        found = centroids[np.isfinite(centroids).all(axis=1)]
        return (found if len(found) else (seconds[:, None] * units).sum(axis=0, keepdims=True)), []


def stacked(masks: Sequence[Masks]) -> Masks:
    """Return masks, all (frames, local speakers), as one array, (windows, frames, local speakers)."""
    tracks = max(mask.shape[1] for mask in masks)
    return np.stack([np.pad(mask, ((0, 0), (0, tracks - mask.shape[1]))) for mask in masks])


def window_embeddings(passed: Passed, activity: Masks) -> NDArray[np.float32]:
    """Return the embedding of each local speaker of each window, (windows, local speakers, dimension), NaN for none.

    It is the mean of the embeddings of the parts of speech segments, by their votes in the frames in which the local
    speaker is alone; in all of its frames if there are none.
    """
    vectors = np.vstack([each.embeddings for each in passed.segments])
    starts = np.concatenate([each.edges[:-1] for each in passed.segments])
    ends = np.concatenate([each.edges[1:] for each in passed.segments])
    votes = [
        each.segment.votes[start - each.segment.first : end - each.segment.first]
        for each in passed.segments
        for start, end in zip(each.edges, each.edges[1:], strict=False)
    ]
    known = np.isfinite(vectors).all(axis=1)
    found = np.full((len(activity), activity.shape[2], vectors.shape[1]), np.nan, np.float32)
    for window, mask in enumerate(activity):
        first = passed.grid.offset(window)
        near = np.flatnonzero(known & (starts < first + len(mask)) & (ends > first))
        spoken = np.zeros((len(near), len(mask)))
        for row, part in zip(spoken, near, strict=True):
            begin, end = max(starts[part], first), min(ends[part], first + len(mask))
            row[begin - first : end - first] = votes[part][begin - starts[part] : end - starts[part]]
        alone = mask * (mask.sum(axis=1, keepdims=True) == 1)
        weights = np.where(alone.any(axis=0), alone, mask).T @ spoken.T
        total = weights.sum(axis=1)
        found[window, total > 0] = (weights @ vectors[near])[total > 0] / total[total > 0, None]
    return found
