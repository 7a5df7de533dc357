"""WeSpeaker's ResNet of a pyannote pipeline, as the engine of one pass needs it.

The network computes features over time, pools them into means and standard deviations, and maps these to the speaker
embedding by one matrix.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ...media.waveform import Samples
from ..single_pass import Features, RunningSums, Speech, Vectors

MIN_POOLED = 2
"""Fewer pooled features have no standard deviation; they are 80 ms apart."""
MAX_FEATURES = 1000
"""Features that pass the network at a time: ten seconds, as in pyannote's windows; more are slower on a CPU."""
SCALE = 1 << 15
"""WeSpeaker was trained on samples of 16 bits."""


class WeSpeakerFeatures:
    """Log-mel energies of audio that comes in blocks, by the filter bank of the network, not centered yet."""

    def __init__(self, model: Any) -> None:
        self._fbank, audio = model._fbank, model.hparams
        self._length, self._step = (
            int(audio.sample_rate * milliseconds * 0.001) for milliseconds in (audio.frame_length, audio.frame_shift)
        )
        self._bins: int = audio.num_mel_bins
        self._rest = np.zeros(0, np.float32)

    @torch.inference_mode()
    def push(self, samples: Samples) -> Features:
        """Return the features (any number, mel bins) that these samples complete."""
        samples = np.concatenate([self._rest, samples])
        count = max(0, (len(samples) - self._length) // self._step + 1)
        self._rest = samples[count * self._step :]
        if not count:
            return np.zeros((0, self._bins), np.float32)
        complete = samples[: (count - 1) * self._step + self._length]
        found: Features = self._fbank(torch.from_numpy(complete)[None] * SCALE).numpy()
        return found


class WeSpeakerEmbedding:
    """A WeSpeaker ResNet: each speech segment by itself, as padding would change its embedding."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self.dimension: int = model.dimension
        self.feature_step_s: float = model.hparams.frame_shift / 1000
        self.feature_s: float = model.hparams.frame_length / 1000

    def features(self) -> WeSpeakerFeatures:
        """Return a new stream of log-mel energies."""
        return WeSpeakerFeatures(self._model)

    def running_sums(self, batch: Sequence[Speech]) -> list[RunningSums | None]:
        """Return the sums at the start and at the end of each segment only; None for less than two pooled features.

        So no segment is cut where the speaker changes without a pause: pyannote leaves that to the segmentation.
        """
        return [self._sums(speech) for speech in batch]

    @torch.inference_mode()
    def embed(self, statistics: Vectors) -> Vectors:
        """Return the embeddings (parts, dimension) of means and standard deviations."""
        pooled = torch.from_numpy(statistics.astype(np.float32)).to(self._model.device)
        embeddings: Vectors = self._model.resnet.seg_1(pooled).cpu().numpy()
        return embeddings

    def _sums(self, speech: Speech) -> RunningSums | None:
        if not len(speech.features):
            return None
        pooled = self._pooled(speech.features - speech.features.mean(axis=0)).astype(np.float64)
        count = pooled.shape[1]
        if count < MIN_POOLED:
            return None
        ends = np.array([pooled.sum(axis=1), (pooled**2).sum(axis=1)])
        sums = np.stack([np.zeros_like(ends), ends], axis=2).astype(np.float32)
        return RunningSums(sums, np.array([0, count]), speech.frames[[0, -1]])

    @torch.inference_mode()
    def _pooled(self, features: Features) -> NDArray[np.float32]:
        """Return what is pooled of centered features, (channels, about an eighth of the features)."""
        blocks = np.array_split(features, -(-len(features) // MAX_FEATURES))
        found = [self._model.resnet.forward_frames(self._tensor(block))[0].flatten(0, 1) for block in blocks]
        pooled: NDArray[np.float32] = torch.cat(found, dim=1).cpu().numpy()
        return pooled

    def _tensor(self, features: Features) -> Any:
        return torch.from_numpy(features)[None].to(self._model.device)
