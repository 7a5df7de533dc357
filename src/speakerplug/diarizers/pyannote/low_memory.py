"""Memory that long recordings need: steps of pyannote that take much of it are done in pieces, with the same result.

pyannote 4.0 lays the voices of all windows beside each other at full width (with six speakers 100 MB an hour, several
times over), copies all masks at double precision (another 70 MB), and compares every embedding with every other (8 GB
for four hours). Here windows are laid out as they are needed, masks made for some windows at a time, and the tree of
many embeddings is built without a table of distances. And what a network says of each batch is kept in an
arena: scattered between what the batches free, it holds apart memory of many times its own size.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import MethodType, SimpleNamespace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from . import embeddings

Array = TypeVar("Array", bound=NDArray[Any])

BLOCK_BYTES = 16 * 2**20
"""Large enough for an allocator to ask the system for memory of its own, and to give it back whole."""
ALIGNMENT = 64
"""Arrays begin at multiples of so many bytes of a block."""
MANY = 4000
"""More embeddings than this are clustered without a table of their distances, which would take 64 MB for these."""
BATCHES = 32
"""Batches of windows whose masks are made at a time."""


class ArrayArena:
    """Keeps small arrays side by side in large blocks of memory; a block is freed when all arrays in it are.

    Allocated one by one between the large ones that each batch of a network needs and frees, they would hold the freed
    memory apart: next to nothing fits in between any more, and none of it can go back to the system.
    """

    def __init__(self) -> None:
        self._left = np.empty(0, dtype=np.uint8)

    def keep(self, array: Array) -> Array:
        """The same array, in its place in the arena."""
        if array.nbytes > len(self._left):
            self._left = np.empty(max(BLOCK_BYTES, array.nbytes), dtype=np.uint8)
        kept: Any = self._left[: array.nbytes].view(array.dtype).reshape(array.shape)
        self._left = self._left[-(-array.nbytes // ALIGNMENT) * ALIGNMENT :]
        kept[...] = array
        return kept  # type: ignore[no-any-return]


def spare_memory(pipeline: Any) -> None:
    """Make a loaded `SpeakerDiarization` frugal where it runs pyannote's own steps; others are left as they are."""
    from pyannote.audio.pipelines import SpeakerDiarization

    if not isinstance(pipeline, SpeakerDiarization):
        return
    _spare_linkage()
    inference = pipeline._segmentation
    inference.infer = functools.partial(_in_arena, ArrayArena(), inference.infer)
    pipeline.reconstruct = MethodType(reconstruct, pipeline)
    if type(pipeline).get_embeddings is SpeakerDiarization.get_embeddings:
        own = embeddings.get_embeddings if embeddings.shares_frames(pipeline) else get_embeddings
        pipeline.get_embeddings = MethodType(own, pipeline)


def _in_arena(arena: ArrayArena, infer: Callable[[Any], Any], batch: Any) -> Any:
    """What a network says of a batch; some say several things at once."""
    found = infer(batch)
    return tuple(map(arena.keep, found)) if isinstance(found, tuple) else arena.keep(found)


@dataclass(frozen=True, slots=True)
class _Clustered:
    """What pyannote's aggregation reads of a `SlidingWindowFeature`: windows, each laid out when it is asked for."""

    segmentations: Any
    clusters: Any
    count: int

    @property
    def data(self) -> Any:
        """It is only asked for its shape: windows, frames, clusters."""
        return SimpleNamespace(shape=(*self.segmentations.data.shape[:2], self.count))

    @property
    def sliding_window(self) -> Any:
        """When the windows are."""
        return self.segmentations.sliding_window

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        """Each window and its voices (frames, clusters); NaN for those that it does not hear."""
        for clusters, (window, frames) in zip(self.clusters, self.segmentations, strict=True):
            voices = np.full((len(frames), self.count), np.nan)
            for cluster in np.unique(clusters[clusters != -2]):
                voices[:, cluster] = frames[:, clusters == cluster].max(axis=1)
            yield window, voices


def reconstruct(self: Any, segmentations: Any, hard_clusters: Any, count: Any) -> Any:
    """As pyannote's: the discrete diarization, from (windows, frames, speakers) and the cluster of each speaker."""
    return self.to_diarization(_Clustered(segmentations, hard_clusters, int(np.max(hard_clusters)) + 1), count)


def get_embeddings(
    self: Any,
    file: Any,
    binary_segmentations: Any,
    exclude_overlap: bool = False,
    hook: Callable[..., None] | None = None,
) -> Any:
    """As pyannote's: (windows, speakers, dimension); some windows at a time, and the batches stay the same."""
    from pyannote.core import SlidingWindow, SlidingWindowFeature

    stock, windows = type(self).get_embeddings, binary_segmentations.sliding_window
    total, _, speakers = binary_segmentations.data.shape
    size = self.embedding_batch_size * BATCHES
    batches = -(-total * speakers // self.embedding_batch_size)

    def report(step: str, artifact: Any, *, before: int, completed: int = 0, **_: Any) -> None:
        """How far it is with all of them; each piece begins anew at 0."""
        if hook is not None and (completed or not before):
            hook(step, artifact, total=batches, completed=before + completed)

    pieces = []
    for first in range(0, total, size):
        start = SlidingWindow(start=windows[first].start, duration=windows.duration, step=windows.step)
        piece = SlidingWindowFeature(binary_segmentations.data[first : first + size], start)
        reporting = functools.partial(report, before=first * speakers // self.embedding_batch_size)
        pieces.append(stock(self, file, piece, exclude_overlap, reporting))
    return np.vstack(pieces)


@functools.lru_cache(maxsize=1)
def _spare_linkage() -> None:
    from pyannote.audio.pipelines import clustering

    table = clustering.linkage

    def linkage(embeddings: Any, method: str = "single", metric: str = "euclidean") -> Any:
        """As SciPy's; by centroids, many embeddings are joined without a table of distances (Müllner 2013)."""
        if len(embeddings) <= MANY or (method, metric) != ("centroid", "euclidean"):
            return table(embeddings, method=method, metric=metric)
        import fastcluster

        return fastcluster.linkage_vector(embeddings, method=method)

    clustering.linkage = linkage
