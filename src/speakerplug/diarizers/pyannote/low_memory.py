"""Reduce the memory that long recordings need: run the expensive steps of pyannote in parts, with the same result.

pyannote 4.0 stores the activity of all clusters in all windows (with six speakers 100 MB an hour, several times over),
copies all masks at double precision (another 70 MB), and computes a full distance matrix of all embeddings (8 GB for
four hours). Here the activity of a window is computed when needed, masks are made for some windows at a time, and the
dendrogram of many embeddings is built without a distance matrix. The output of the network for each batch is copied
into an arena: allocated between the temporary arrays of the batches, it would fragment the memory that these free.
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
"""Large enough that the allocator maps it separately, and returns all of it to the system."""
ALIGNMENT = 64
"""Alignment of the arrays in a block, in bytes."""
MANY = 4000
"""More embeddings than this are clustered without a distance matrix, which would take 64 MB for this many."""
BATCHES = 32
"""Number of batches of windows whose masks are made at a time."""


class ArrayArena:
    """Keep small arrays next to each other in large blocks of memory; a block is freed when all its arrays are.

    Allocated one by one between the large temporary arrays of each batch of a network, they would fragment memory: the
    gaps would be too small to reuse, and none of it could return to the system.
    """

    def __init__(self) -> None:
        self._left = np.empty(0, dtype=np.uint8)

    def keep(self, array: Array) -> Array:
        """Return a copy of the array in the arena."""
        if array.nbytes > len(self._left):
            self._left = np.empty(max(BLOCK_BYTES, array.nbytes), dtype=np.uint8)
        kept: Any = self._left[: array.nbytes].view(array.dtype).reshape(array.shape)
        self._left = self._left[-(-array.nbytes // ALIGNMENT) * ALIGNMENT :]
        kept[...] = array
        return kept  # type: ignore[no-any-return]


def spare_memory(pipeline: Any) -> None:
    """Patch a loaded `SpeakerDiarization` to need less memory; leave other pipelines and overridden steps unchanged."""
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
    """Return the output of a network for a batch, copied into the arena; some networks have several outputs."""
    found = infer(batch)
    return tuple(map(arena.keep, found)) if isinstance(found, tuple) else arena.keep(found)


@dataclass(frozen=True, slots=True)
class _ClusteredWindows:
    """A stand-in for the `SlidingWindowFeature` that pyannote aggregates: windows, each computed when requested."""

    segmentations: Any
    clusters: Any
    count: int

    @property
    def data(self) -> Any:
        """An object with the shape (windows, frames, clusters), which is all that pyannote reads."""
        return SimpleNamespace(shape=(*self.segmentations.data.shape[:2], self.count))

    @property
    def sliding_window(self) -> Any:
        """The times of the windows."""
        return self.segmentations.sliding_window

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        """Yield each window and the activity of the clusters in it, (frames, clusters), NaN for those not in it."""
        for clusters, (window, frames) in zip(self.clusters, self.segmentations, strict=True):
            activity = np.full((len(frames), self.count), np.nan)
            for cluster in np.unique(clusters[clusters != -2]):
                activity[:, cluster] = frames[:, clusters == cluster].max(axis=1)
            yield window, activity


def reconstruct(self: Any, segmentations: Any, hard_clusters: Any, count: Any) -> Any:
    """Compute pyannote's discrete diarization from (windows, frames, speakers) and the cluster of each speaker."""
    return self.to_diarization(_ClusteredWindows(segmentations, hard_clusters, int(np.max(hard_clusters)) + 1), count)


def get_embeddings(
    self: Any,
    file: Any,
    binary_segmentations: Any,
    exclude_overlap: bool = False,
    hook: Callable[..., None] | None = None,
) -> Any:
    """Compute pyannote's embeddings, (windows, speakers, dimension), for some windows at a time, in equal batches."""
    from pyannote.core import SlidingWindow, SlidingWindowFeature

    stock, windows = type(self).get_embeddings, binary_segmentations.sliding_window
    total, _, speakers = binary_segmentations.data.shape
    size = self.embedding_batch_size * BATCHES
    batches = -(-total * speakers // self.embedding_batch_size)

    def report(step: str, artifact: Any, *, before: int, completed: int = 0, **_: Any) -> None:
        """Report the progress over all windows; pyannote counts each part from 0."""
        if hook is not None and (completed or not before):
            hook(step, artifact, total=batches, completed=before + completed)

    parts = []
    for first in range(0, total, size):
        start = SlidingWindow(start=windows[first].start, duration=windows.duration, step=windows.step)
        part = SlidingWindowFeature(binary_segmentations.data[first : first + size], start)
        reporting = functools.partial(report, before=first * speakers // self.embedding_batch_size)
        parts.append(stock(self, file, part, exclude_overlap, reporting))
    return np.vstack(parts)


@functools.lru_cache(maxsize=1)
def _spare_linkage() -> None:
    from pyannote.audio.pipelines import clustering

    stock = clustering.linkage

    def linkage(embeddings: Any, method: str = "single", metric: str = "euclidean") -> Any:
        """Cluster as SciPy does; with centroids, many embeddings need no distance matrix (Müllner 2013)."""
        if len(embeddings) <= MANY or (method, metric) != ("centroid", "euclidean"):
            return stock(embeddings, method=method, metric=metric)
        import fastcluster

        return fastcluster.linkage_vector(embeddings, method=method)

    clustering.linkage = linkage
