"""CAM++ speaker embeddings as a `pyannote.audio.Model`, for any pyannote pipeline."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
import torchaudio.compliance.kaldi as kaldi
from numpy.typing import NDArray
from pyannote.audio import Model
from pyannote.audio.core.task import Problem, Resolution, Specifications
from torch import Tensor, nn

from speakerplug.diarizers.single_pass import RunningSums, Vectors

from .fuse_batchnorm import fuse_batchnorm
from .geometry import DIMENSION, MEL_BINS, MIN_FRAMES, SAMPLE_RATE, STRIDE
from .masked_campplus import masked_features
from .weights import CAMPPLUS, CAMPPLUS_NETWORK

BATCH_FRAMES = 32_000
"""Maximum number of frames of a batch on a GPU, with padding: 32 rows of ten seconds."""

_fbank = partial(kaldi.fbank, num_mel_bins=MEL_BINS, sample_frequency=SAMPLE_RATE, dither=0.0)


class CAMPlusPlus(Model):  # type: ignore[misc]  # pyannote ships no types
    """CAM++ (Wang et al., 2023, arXiv:2303.00332): speaker embeddings of 192 dimensions, from 16 kHz audio."""

    def __init__(self, sample_rate: int = SAMPLE_RATE, num_channels: int = 1, task: Any = None) -> None:
        super().__init__(sample_rate=sample_rate, num_channels=num_channels, task=task)
        self.network: Any = fuse_batchnorm(_plain_network())
        self.specifications = Specifications(
            problem=Problem.REPRESENTATION, resolution=Resolution.CHUNK, duration=10.0, min_duration=0.2
        )

    @property
    def dimension(self) -> int:
        """Dimension of an embedding."""
        return DIMENSION

    def forward(self, waveforms: Tensor, weights: Tensor | None = None) -> Tensor:
        """Return the embeddings (batch, 192) of `waveforms` (batch, 1, samples), where `weights` (batch, frames) > 0.5.

        The other frames of 10 ms are cut out (weighting them in the pooling is slower and less accurate). Rows with
        less than `MIN_FRAMES` frames are NaN. A row does not depend on its neighbors. Raises ValueError when waveforms
        without weights are shorter than that.
        """
        if waveforms.shape[1] != 1:
            raise ValueError(f"CAM++ takes one channel, not {waveforms.shape[1]}.")
        kept = None if weights is None else weights > 0.5
        rows = enumerate(_kept_features(waveforms, kept))
        enough = [(row, features) for row, (features, _) in rows if len(features) >= MIN_FRAMES]
        if weights is None and len(enough) < len(waveforms):
            raise ValueError(f"CAM++ needs at least {MIN_FRAMES} frames of 10 ms.")
        embeddings = waveforms.new_full((len(waveforms), DIMENSION), torch.nan)
        for row, features in self._pooled_features(enough):
            embeddings[row] = self.network.xvector[-2:](features)[0]
        return embeddings

    @torch.inference_mode()
    def running_sums(self, waveforms: Tensor, weights: Tensor) -> list[RunningSums | None]:
        """Return, for each row, the running sums of the features that `embed` pools; None for too few frames."""
        waveforms = waveforms.to(self.device)
        kept = list(_kept_features(waveforms, weights.to(self.device) > 0.5))
        enough = [(row, features) for row, (features, _) in enumerate(kept) if len(features) >= MIN_FRAMES]
        found: list[RunningSums | None] = [None] * len(waveforms)
        for row, features in self._pooled_features(enough):
            # One feature for two frames of audio, of which there are more than of the weights.
            found[row] = RunningSums.of(features[0].cpu().numpy(), kept[row][1][::STRIDE][: features.shape[-1]])
        return found

    def _pooled_features(self, rows: list[tuple[int, Tensor]]) -> Iterator[tuple[int, Tensor]]:
        """Yield the number of each row, and its features that are pooled, (1, 512, half its frames).

        On a CPU one row at a time is fastest, because it stays in the cache; on a GPU many are, padded and masked.
        """
        if self.device.type == "cpu":
            for row, features in rows:
                yield row, self.network.xvector[:-2](self.network.head(features.T[None]))
            return
        for batch in batches_of_similar_length(rows):
            padded = nn.utils.rnn.pad_sequence([features for _, features in batch], batch_first=True)
            lengths = [len(features) for _, features in batch]
            for (row, _), features in zip(batch, masked_features(self.network, padded, lengths), strict=True):
                yield row, features[None]

    @torch.inference_mode()
    def pooled(self, rows: Sequence[tuple[int, NDArray[np.float32]]]) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Yield the number of each row of log-mel energies (frames, 80), and what is pooled, (512, frames / 2)."""
        features = [(row, _centered(torch.from_numpy(each).to(self.device))) for row, each in rows]
        for row, found in self._pooled_features(features):
            yield row, found[0].cpu().numpy()

    @torch.inference_mode()
    def embed(self, statistics: Vectors) -> Vectors:
        """Return the embeddings (parts, 192) of means and standard deviations of features, (parts, 1024)."""
        pooled = torch.from_numpy(statistics.astype(np.float32)).to(self.device)
        embeddings: Vectors = self.network.xvector[-1](pooled).cpu().numpy()
        return embeddings


def _kept_features(waveforms: Tensor, kept: Tensor | None) -> Iterator[tuple[Tensor, NDArray[np.int64]]]:
    """Yield the features (any number, 80) of the frames that each waveform keeps, and the mask's frame of each.

    The features of equal waveforms that follow each other are computed once.
    """
    features = last = None
    for row, waveform in enumerate(waveforms):
        if kept is not None and not kept[row].any():
            yield waveforms.new_empty((0, MEL_BINS)), np.empty(0, dtype=np.int64)
            continue
        if features is None or last is None or not torch.equal(waveform, last):
            features, last = _features(waveform), waveform
        if kept is None:
            yield _centered(features), np.arange(len(features))
            continue
        # As nearest-neighbor interpolation does.
        frames = torch.arange(len(features), device=kept.device) * kept.shape[1] // max(1, len(features))
        is_kept = kept[row][frames]
        yield _centered(features[is_kept]), frames[is_kept].cpu().numpy()


def _features(waveform: Tensor) -> Tensor:
    """Return log mel energies (frames, 80); empty where the waveform is shorter than one frame of 25 ms."""
    if waveform.shape[-1] < SAMPLE_RATE // 40:
        return waveform.new_empty((0, MEL_BINS))
    # The FFT of MPS is unreliable.
    source = waveform.cpu() if waveform.device.type == "mps" else waveform
    features: Tensor = _fbank(source)
    return features.to(waveform.device)


def _centered(frames: Tensor) -> Tensor:
    return frames - frames.mean(dim=0, keepdim=True) if len(frames) else frames


def batches_of_similar_length(rows: list[tuple[int, Tensor]]) -> Iterator[list[tuple[int, Tensor]]]:
    """Yield the numbered features (frames, 80) in batches, longest first.

    A batch has at most `BATCH_FRAMES` frames when it is padded, and no row of it becomes more than twice as long.
    """
    batch: list[tuple[int, Tensor]] = []
    for row in sorted(rows, key=lambda row: -len(row[1])):
        longest = len(batch[0][1]) if batch else 0
        if batch and (longest > 2 * len(row[1]) or longest * (len(batch) + 1) > BATCH_FRAMES):
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def load_campplus() -> CAMPlusPlus:
    """Load CAM++ with its weights, in eval mode on the CPU; raises ModelError when a file is missing or damaged."""
    network = _plain_network()
    network.load_state_dict(torch.load(CAMPPLUS.checked(), map_location="cpu", weights_only=True))
    model = CAMPlusPlus()
    model.network = fuse_batchnorm(network)
    model.eval()
    return model


def _plain_network() -> nn.Module:
    """Return the untrained network, from its file alone: importing the package around it takes seconds."""
    path = CAMPPLUS_NETWORK.checked()
    spec = importlib.util.spec_from_file_location("speakerplug_bundled._camplusplus", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    network: nn.Module = module.CAMPPlus(feat_dim=MEL_BINS, embedding_size=DIMENSION)
    # The file ends in a ReLU, which would lose half of every embedding: CAM++ ends in the normalization before it.
    network.set_submodule("xvector.dense.nonlinear.relu", nn.Identity())
    return network.eval()
