"""pyannote's `SpeakerDiarization`, hearing each piece of speech between two pauses once and on its own.

Where the voice changes within a piece, its parts are two pieces from then on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pyannote.audio.pipelines import SpeakerDiarization
from pyannote.core import SlidingWindowFeature
from pyannote.pipeline.parameter import ParamDict, Uniform

from speakerplug.diarizers.pyannote import ArrayArena

from .speaker_change import HOP_S, Heard, Vectors, parts_of
from .subsegments import Masks, cut_at, cut_at_pauses, representatives

CLEAN_FRAMES = 30
"""With half a second of speech nobody talks into, the rest is not needed to know a voice."""


class PiecewiseDiarization(SpeakerDiarization):  # type: ignore[misc]  # pyannote ships no types
    """`SpeakerDiarization` whose local speakers are pieces: cut at pauses, and where the voice changes.

    `changes.distance`: a piece is cut where the voice before and the voice after are farther apart than this (cosine);
    `changes.shortest`: into parts of at least so many seconds.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.changes = ParamDict(distance=Uniform(0.0, 2.0), shortest=Uniform(0.2, 5.0))

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
        """Embeddings (windows, parts, dimension), NaN where nobody speaks, or too little; the pieces become parts."""
        pieces = binary_segmentations.data
        window = binary_segmentations.sliding_window
        step = window.step / window.duration * pieces.shape[1]
        todo, which = np.unique(representatives(pieces, step).reshape(-1, 2), axis=0, return_inverse=True)
        nobody = np.empty(0, dtype=np.intp)
        cuts = [nobody] * len(todo)
        heard: list[Vectors] = [np.full((1, self._embedding.dimension), np.nan, dtype=np.float32)] * (len(todo) + 1)
        somebody, arena = np.flatnonzero(todo[:, 0] >= 0), ArrayArena()
        for first in range(0, len(somebody), self.embedding_batch_size):
            _report(hook, first, len(somebody))
            batch = somebody[first : first + self.embedding_batch_size]
            voices = self.hear(file, binary_segmentations, todo[batch], exclude_overlap)
            for row, voice in zip(batch, voices, strict=True):
                if voice is not None:
                    frames, embeddings = self._parts(voice)
                    cuts[row], heard[row] = frames + round(todo[row, 0] * step), arena.keep(embeddings)
        _report(hook, len(somebody), len(somebody))
        # pyannote passes this object on to the clustering and the reconstruction: from here on they see the parts.
        binary_segmentations.data, numbers = cut_at(pieces, which.reshape(len(pieces), -1), cuts, step)
        if hook is not None:
            hook("subsegments", binary_segmentations)
        embedded: NDArray[np.float32] = np.vstack(heard)[numbers]
        return embedded

    def _parts(self, voice: Heard) -> tuple[NDArray[np.intp], Vectors]:
        """Where a piece is to be cut, in frames of its window, and the embeddings of its parts."""
        shortest = max(1, round(self.changes["shortest"] / HOP_S))
        return parts_of(voice, self._embedding.model_.embed, self.changes["distance"], shortest)

    def hear(
        self, file: Any, segmentations: SlidingWindowFeature, batch: NDArray[np.intp], exclude_overlap: bool
    ) -> list[Heard | None]:
        """The voices of a batch of (window, piece); None for those that speak too little."""
        if self.training and "training_cache/heard" in file:
            cached = file["training_cache/heard"]
            return [cached[int(window), int(piece)] for window, piece in batch]
        windows = dict.fromkeys(batch[:, 0])
        crops = {w: self._audio.crop(file, segmentations.sliding_window[int(w)], mode="pad")[0] for w in windows}
        masks = {w: _masks(segmentations.data[w], exclude_overlap) for w in windows}
        waveforms = torch.stack([crops[w] for w, _ in batch])
        weights = torch.from_numpy(np.stack([masks[w][:, p] for w, p in batch]))
        heard: list[Heard | None] = self._embedding.model_.hear(waveforms, weights)
        return heard


def _report(hook: Callable[..., None] | None, completed: int, total: int) -> None:
    if hook is not None:
        hook("embeddings", None, total=total, completed=completed)


def _masks(pieces: Masks, exclude_overlap: bool) -> NDArray[np.float32]:
    """Which frames of each piece of a window to hear: those it has for itself, or all where these are too few."""
    if not exclude_overlap:
        return pieces.astype(np.float32)
    alone = pieces * (pieces.sum(axis=1, keepdims=True) < 2)
    return np.where(alone.sum(axis=0) >= CLEAN_FRAMES, alone, pieces).astype(np.float32)
