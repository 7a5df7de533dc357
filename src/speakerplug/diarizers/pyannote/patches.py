"""Patch pyannote's clustering: send its printed lines to the log, and detect when it falls back to k-means."""

from __future__ import annotations

import functools
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from ...errors import UsageError

log = logging.getLogger(__name__)

_forced: ContextVar[list[int] | None] = ContextVar("forced", default=None)


@contextmanager
def forced_clusters(active: bool = True) -> Iterator[list[int]]:
    """Collect the number of clusters of each call of k-means inside the block; none if it was not called.

    VBx falls back to k-means if it finds fewer or more speakers than allowed. Without bounds that cannot happen: then
    do not be `active`, which imports pyannote.
    """
    if active:
        _patch_clustering()
    numbers: list[int] = []
    token = _forced.set(numbers)
    try:
        yield numbers
    finally:
        _forced.reset(token)


def warn_of_forced_clusters(numbers: list[int]) -> None:
    """Log one warning if k-means was called, for these numbers of clusters."""
    if numbers:
        log.warning(
            "The pipeline found a number of speakers outside the bounds, and clustered them again into %d by k-means, "
            "which is less accurate; leave the number of speakers open if the result looks wrong.",
            numbers[-1],
        )


@functools.lru_cache(maxsize=1)
def _patch_clustering() -> None:
    from pyannote.audio.pipelines import clustering

    class WatchedKMeans(clustering.KMeans):  # type: ignore[misc]  # scikit-learn ships no types
        """KMeans that records its number of clusters for `forced_clusters`."""

        def fit_predict(self, embeddings: Any, *rest: Any, **options: Any) -> Any:
            """Cluster as scikit-learn does; raises UsageError for more clusters than embeddings."""
            numbers = _forced.get()
            if numbers is not None:
                numbers.append(int(self.n_clusters))
            if len(embeddings) < self.n_clusters:
                raise UsageError(
                    f"The recording is too short to distinguish {self.n_clusters} speakers; "
                    f"ask for at most {len(embeddings)}, or leave the number open."
                )
            return super().fit_predict(embeddings, *rest, **options)

    clustering.KMeans = WatchedKMeans
    # It prints advice to stdout, which is for transcripts.
    vars(clustering)["print"] = log.debug
