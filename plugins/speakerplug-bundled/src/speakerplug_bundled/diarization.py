"""pyannote's `SpeakerDiarization` with one embedding for each speech segment between two pauses.

A segment in which the speaker changes is split there.
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
from speakerplug.diarizers.single_pass.engine import CLEAN_FRAMES
from speakerplug.diarizers.single_pass.speaker_change import HOP_S, RunningSums, Vectors, parts_of

from .subsegments import Masks, cut_at, cut_at_pauses, representatives


class SegmentwiseDiarization(SpeakerDiarization):  # type: ignore[misc]  # pyannote ships no types
    """`SpeakerDiarization` whose local speakers are segments: cut at pauses, and where the speaker changes.

    `changes.distance`: a segment is cut where the embeddings before and after are farther apart than this (cosine);
    `changes.shortest`: minimum length of its parts in seconds.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.changes = ParamDict(distance=Uniform(0.0, 2.0), shortest=Uniform(0.2, 5.0))

    def get_segmentations(self, file: Any, hook: Callable[..., None] | None = None) -> SlidingWindowFeature:
        """Return the local segmentation (windows, frames, segments)."""
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
        """Return the embeddings (windows, parts, dimension), NaN for too little speech; segments are cut in place."""
        segments = binary_segmentations.data
        window = binary_segmentations.sliding_window
        step = window.step / window.duration * segments.shape[1]
        todo, which = np.unique(representatives(segments, step).reshape(-1, 2), axis=0, return_inverse=True)
        nowhere = np.empty(0, dtype=np.intp)
        cuts = [nowhere] * len(todo)
        vectors: list[Vectors] = [np.full((1, self._embedding.dimension), np.nan, dtype=np.float32)] * (len(todo) + 1)
        spoken, arena = np.flatnonzero(todo[:, 0] >= 0), ArrayArena()
        for first in range(0, len(spoken), self.embedding_batch_size):
            _report(hook, first, len(spoken))
            batch = spoken[first : first + self.embedding_batch_size]
            found = self.running_sums(file, binary_segmentations, todo[batch], exclude_overlap)
            for row, sums in zip(batch, found, strict=True):
                if sums is not None:
                    frames, embeddings = self._parts(sums)
                    cuts[row], vectors[row] = frames + round(todo[row, 0] * step), arena.keep(embeddings)
        _report(hook, len(spoken), len(spoken))
        # pyannote passes this object on to the clustering and the reconstruction, which therefore see the parts.
        binary_segmentations.data, numbers = cut_at(segments, which.reshape(len(segments), -1), cuts, step)
        if hook is not None:
            hook("subsegments", binary_segmentations)
        embedded: NDArray[np.float32] = np.vstack(vectors)[numbers]
        return embedded

    def _parts(self, sums: RunningSums) -> tuple[NDArray[np.intp], Vectors]:
        """Return where to cut a segment, in frames of its window, and the embeddings of its parts."""
        shortest = max(1, round(self.changes["shortest"] / HOP_S))
        return parts_of(sums, self._embedding.model_.embed, self.changes["distance"], shortest)

    def running_sums(
        self, file: Any, segmentations: SlidingWindowFeature, batch: NDArray[np.intp], exclude_overlap: bool
    ) -> list[RunningSums | None]:
        """Return the running sums of a batch of (window, segment); None for those with too little speech."""
        if self.training and "training_cache/running_sums" in file:
            cached = file["training_cache/running_sums"]
            return [cached[int(window), int(segment)] for window, segment in batch]
        windows = dict.fromkeys(batch[:, 0])
        crops = {w: self._audio.crop(file, segmentations.sliding_window[int(w)], mode="pad")[0] for w in windows}
        masks = {w: _masks(segmentations.data[w], exclude_overlap) for w in windows}
        waveforms = torch.stack([crops[w] for w, _ in batch])
        weights = torch.from_numpy(np.stack([masks[w][:, p] for w, p in batch]))
        found: list[RunningSums | None] = self._embedding.model_.running_sums(waveforms, weights)
        return found


def _report(hook: Callable[..., None] | None, completed: int, total: int) -> None:
    if hook is not None:
        hook("embeddings", None, total=total, completed=completed)


def _masks(segments: Masks, exclude_overlap: bool) -> NDArray[np.float32]:
    """Return the frames of each segment of a window to embed: those without overlap, or all if these are too few."""
    if not exclude_overlap:
        return segments.astype(np.float32)
    alone = segments * (segments.sum(axis=1, keepdims=True) < 2)
    return np.where(alone.sum(axis=0) >= CLEAN_FRAMES, alone, segments).astype(np.float32)
