"""pyannote's `SpeakerDiarization`, hearing each piece of speech between two pauses once and on its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pyannote.audio.pipelines import SpeakerDiarization
from pyannote.core import SlidingWindowFeature

from .pieces import Masks, cut_at_pauses, representatives

CLEAN_FRAMES = 30
"""With half a second of speech nobody talks into, the rest is not needed to know a voice."""


class PiecewiseDiarization(SpeakerDiarization):  # type: ignore[misc]  # pyannote ships no types
    """`SpeakerDiarization` whose local speakers are the pieces that `cut_at_pauses` makes of them."""

    def get_segmentations(self, file: Any, hook: Callable[..., None] | None = None) -> SlidingWindowFeature:
        """The local segmentation (windows, frames, pieces)."""
        segmentation = super().get_segmentations(file, hook=hook)
        np.nan_to_num(segmentation.data, copy=False)
        return SlidingWindowFeature(cut_at_pauses(segmentation.data), segmentation.sliding_window)

    def get_embeddings(
        self,
        file: Any,
        binary_segmentations: SlidingWindowFeature,
        exclude_overlap: bool = False,
        hook: Callable[..., None] | None = None,
    ) -> NDArray[np.float32]:
        """Embeddings (windows, pieces, dimension); NaN where nobody speaks, or too little."""
        cached = file.get("training_cache/embeddings") if self.training else None
        if cached is not None:
            embeddings: NDArray[np.float32] = cached["embeddings"]
            return embeddings
        pieces = binary_segmentations.data
        window = binary_segmentations.sliding_window
        chosen = representatives(pieces, step=window.step / window.duration * pieces.shape[1])
        todo, which = np.unique(chosen.reshape(-1, 2), axis=0, return_inverse=True)
        heard = np.full((len(todo), self._embedding.dimension), np.nan, dtype=np.float32)
        somebody = np.flatnonzero(todo[:, 0] >= 0)
        for first in range(0, len(somebody), self.embedding_batch_size):
            _report(hook, first, len(somebody))
            batch = somebody[first : first + self.embedding_batch_size]
            heard[batch] = self._hear(file, binary_segmentations, todo[batch], exclude_overlap)
        _report(hook, len(somebody), len(somebody))
        return heard[which.reshape(chosen.shape[:2])]

    def _hear(
        self, file: Any, segmentations: SlidingWindowFeature, batch: NDArray[np.intp], exclude_overlap: bool
    ) -> NDArray[np.float32]:
        """The embeddings of a batch of (window, piece)."""
        windows = dict.fromkeys(batch[:, 0])
        crops = {w: self._audio.crop(file, segmentations.sliding_window[int(w)], mode="pad")[0] for w in windows}
        masks = {w: _masks(segmentations.data[w], exclude_overlap) for w in windows}
        waveforms = torch.stack([crops[w] for w, _ in batch])
        weights = torch.from_numpy(np.stack([masks[w][:, p] for w, p in batch]))
        embeddings: NDArray[np.float32] = self._embedding(waveforms, masks=weights)
        return embeddings


def _report(hook: Callable[..., None] | None, completed: int, total: int) -> None:
    if hook is not None:
        hook("embeddings", None, total=total, completed=completed)


def _masks(pieces: Masks, exclude_overlap: bool) -> NDArray[np.float32]:
    """Which frames of each piece of a window to hear: those it has for itself, or all where these are too few."""
    if not exclude_overlap:
        return pieces.astype(np.float32)
    alone = pieces * (pieces.sum(axis=1, keepdims=True) < 2)
    return np.where(alone.sum(axis=0) >= CLEAN_FRAMES, alone, pieces).astype(np.float32)
