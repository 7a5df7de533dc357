"""Speaker embeddings of WeSpeaker's networks, as community-1 has them: the frames of each window are computed once.

pyannote 4.0 runs the network once for each local speaker of a window, three times the same audio
(pyannote-audio#1996, #2048). Here it runs once, and only the pooling is done for each speaker.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Masks = NDArray[np.float32]


def shares_frames(pipeline: Any) -> bool:
    """Return whether the embedding network of a pipeline computes frames and pooling separately."""
    from pyannote.audio.models.embedding.wespeaker import BaseWeSpeakerResNet

    return isinstance(getattr(pipeline._embedding, "model_", None), BaseWeSpeakerResNet)


def get_embeddings(
    self: Any,
    file: Any,
    binary_segmentations: Any,
    exclude_overlap: bool = False,
    hook: Callable[..., None] | None = None,
) -> NDArray[np.float32]:
    """Return embeddings (windows, speakers, dimension) of the binary segmentation (windows, frames, speakers).

    It replaces the method of pyannote's pipeline, with the same arguments.
    """
    size, windows = self.embedding_batch_size, binary_segmentations.sliding_window
    total, frames, _ = binary_segmentations.data.shape
    enough = _least_frames(self._embedding, windows.duration, frames) if exclude_overlap else -1
    count, embeddings = math.ceil(total / size), []
    if hook is not None:
        hook("embeddings", None, total=count, completed=0)
    for number, first in enumerate(range(0, total, size), 1):
        batch = range(first, min(first + size, total))
        crops = [self._audio.crop(file, windows[window], mode="pad")[0] for window in batch]
        masks = _masks(binary_segmentations.data[batch.start : batch.stop], exclude_overlap, enough)
        embeddings.append(_embed(self._embedding, crops, masks, size))
        if hook is not None:
            hook("embeddings", embeddings[-1].reshape(-1, embeddings[-1].shape[-1]), total=count, completed=number)
    return np.concatenate(embeddings)


def _least_frames(embedding: Any, duration: float, frames: int) -> int:
    """Return the minimum number of frames in a mask that the network needs."""
    needed: int = math.ceil(frames * embedding.min_num_samples / (duration * embedding.sample_rate))
    return needed


def _masks(segmentations: Any, exclude_overlap: bool, enough: int) -> Masks:
    """Return the masks (windows, speakers, frames), without overlap unless that leaves too few frames."""
    everything = np.nan_to_num(segmentations, nan=0.0).astype(np.float32)
    if exclude_overlap:
        alone = (np.sum(segmentations, axis=2, keepdims=True) < 2) * segmentations
        alone = np.nan_to_num(alone, nan=0.0).astype(np.float32)
        everything = np.where(alone.sum(axis=1, keepdims=True) > enough, alone, everything)
    return np.ascontiguousarray(everything.transpose(0, 2, 1))


def _embed(embedding: Any, crops: list[Any], masks: Masks, size: int) -> NDArray[np.float32]:
    """Return the embeddings (windows, speakers, dimension) of `crops`, (1, samples) each.

    On a GPU the last batch is filled up: for one of another size cuDNN may choose an algorithm whose workspace takes
    many times the memory (pyannote-audio#1963: 10.5 GiB for 29 windows, 1.8 for 32).
    """
    import torch

    missing = size - len(crops) if embedding.device.type == "cuda" else 0
    waveforms = torch.stack([*crops, *[torch.zeros_like(crops[0])] * missing])
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frames = embedding.model_.forward_frames(waveforms.to(embedding.device))[: len(crops)]
        pooled = embedding.model_.forward_embedding(frames, weights=torch.from_numpy(masks).to(embedding.device))
    found: NDArray[np.float32] = pooled.cpu().numpy()
    return found
