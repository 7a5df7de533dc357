"""What pyannote says on the side: printed lines go to the log, and a forced clustering is noticed."""

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
def noticing(active: bool = True) -> Iterator[list[int]]:
    """Inside, how many clusters K-means was told to make is noted in the list; empty where it was not called.

    VBx falls back on it where it finds fewer or more speakers than it may. Where there is nothing to notice, do not
    be `active`: pyannote is imported otherwise.
    """
    if active:
        _listen()
    noted: list[int] = []
    token = _forced.set(noted)
    try:
        yield noted
    finally:
        _forced.reset(token)


@functools.lru_cache(maxsize=1)
def _listen() -> None:
    from pyannote.audio.pipelines import clustering

    class NoticedKMeans(clustering.KMeans):  # type: ignore[misc]  # scikit-learn ships no types
        """The same, and whoever is noticing is told."""

        def fit_predict(self, embeddings: Any, *rest: Any, **options: Any) -> Any:
            """As scikit-learn's; raises UsageError for more clusters than there are embeddings."""
            noted = _forced.get()
            if noted is not None:
                noted.append(int(self.n_clusters))
            if len(embeddings) < self.n_clusters:
                raise UsageError(
                    f"The recording is too short to tell {self.n_clusters} speakers apart; "
                    f"ask for at most {len(embeddings)}, or leave the number open."
                )
            return super().fit_predict(embeddings, *rest, **options)

    clustering.KMeans = NoticedKMeans
    # Its advice would go to stdout, where transcripts go.
    vars(clustering)["print"] = log.debug
