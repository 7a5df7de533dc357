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
from speakerplug.diarizers.single_pass.speaker_change import HOP

from .fuse_batchnorm import fuse_batchnorm
from .geometry import DIMENSION, MEL_BINS, MIN_FRAMES, SAMPLE_RATE, STRIDE, WINDOW_SAMPLES
from .masked_campplus import masked_features
from .weights import CAMPPLUS, CAMPPLUS_NETWORK

BATCH_FRAMES = 32_000
"""Default of `CAMPlusPlus.batch_frames`: 32 rows of ten seconds."""

Rows = Sequence[tuple[int, Tensor]]
"""Numbered rows of features, (frames, 80)."""

fbank = partial(kaldi.fbank, num_mel_bins=MEL_BINS, sample_frequency=SAMPLE_RATE, dither=0.0)


class CAMPlusPlus(Model):  # type: ignore[misc]  # pyannote ships no types
    """CAM++ (Wang et al., 2023, arXiv:2303.00332): speaker embeddings of 192 dimensions, from 16 kHz audio.

    On a GPU a batch has at most `batch_frames` frames when it is filled up, but for a longer row, which is alone.
    """

    batch_frames = BATCH_FRAMES

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
        for numbers, features, halves in self._pooled_features(enough):
            for row, each, half in zip(numbers, features, halves, strict=False):  # a batch may be filled up
                embeddings[row] = self.network.xvector[-2:](each[None, :, :half])[0]
        return embeddings

    @torch.inference_mode()
    def running_sums(self, waveforms: Tensor, weights: Tensor) -> list[RunningSums | None]:
        """Return, for each row, the running sums of the features that `embed` pools; None for too few frames."""
        waveforms = waveforms.to(self.device)
        kept = list(_kept_features(waveforms, weights.to(self.device) > 0.5))
        enough = [(row, features) for row, (features, _) in enumerate(kept) if len(features) >= MIN_FRAMES]
        found: list[RunningSums | None] = [None] * len(waveforms)
        for row, hops in self._hop_sums(enough):
            # One feature for two frames of audio, of which there are more than of the weights.
            found[row] = RunningSums.of_hops(hops, kept[row][1][::STRIDE])
        return found

    @torch.inference_mode()
    def hop_sums(self, rows: Sequence[tuple[int, NDArray[np.float32]]]) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Yield the number of each row of log-mel energies (frames, 80), and the sums that `RunningSums` takes.

        They are of the features that `embed` pools and of their squares, over each hop: (2, 512, hops).
        """
        yield from self._hop_sums([(row, torch.from_numpy(each - each.mean(axis=0))) for row, each in rows])

    @torch.inference_mode()
    def embed(self, statistics: Vectors) -> Vectors:
        """Return the embeddings (parts, 192) of means and standard deviations of features, (parts, 1024)."""
        pooled = torch.from_numpy(statistics.astype(np.float32)).to(self.device)
        embeddings: Vectors = self.network.xvector[-1](pooled).cpu().numpy()
        return embeddings

    def _hop_sums(self, rows: Rows) -> Iterator[tuple[int, NDArray[np.float32]]]:
        for numbers, features, halves in self._pooled_features(rows):
            hops = nn.functional.pad(features, (0, -features.shape[-1] % HOP)).reshape(*features.shape[:2], -1, HOP)
            sums = torch.stack([hops.sum(-1), hops.square().sum(-1)], dim=1).cpu().numpy()
            for row, each, half in zip(numbers, sums, halves, strict=False):  # a batch may be filled up
                yield row, each[..., : -(-half // HOP)]

    def _pooled_features(self, rows: Rows) -> Iterator[tuple[list[int], Tensor, list[int]]]:
        """Yield numbers of rows, their features that are pooled, (rows, 512, half the frames), and how many are theirs.

        On a CPU one row at a time is fastest, because it stays in the cache; on a GPU many are, padded and masked.
        """
        if self.device.type == "cpu":
            for row, frames in rows:
                features = self.network.xvector[:-2](self.network.head(frames.T[None]))
                yield [row], features, [features.shape[-1]]
            return
        for batch in batches_of_similar_length(rows, self.batch_frames):
            padded, lengths = _filled_up([frames for _, frames in batch])
            features = masked_features(self.network, padded.to(next(self.network.parameters()).device), lengths)
            yield [row for row, _ in batch], features, [(length + 1) // STRIDE for length in lengths]


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
    if waveform.shape[-1] < WINDOW_SAMPLES:
        return waveform.new_empty((0, MEL_BINS))
    # The FFT of MPS is unreliable.
    source = waveform.cpu() if waveform.device.type == "mps" else waveform
    features: Tensor = fbank(source)
    return features.to(waveform.device)


def _centered(frames: Tensor) -> Tensor:
    return frames - frames.mean(dim=0, keepdim=True) if len(frames) else frames


def batches_of_similar_length(rows: Rows, most: int) -> Iterator[Rows]:
    """Yield the rows in batches, longest first, each of at most `most` frames when it is filled up.

    On a GPU starting the network's thousand operations takes longer than computing so many frames: padding costs less
    than another batch.
    """
    batch: list[tuple[int, Tensor]] = []
    for row in sorted(rows, key=lambda row: -len(row[1])):
        longest = _size(len(batch[0][1] if batch else row[1]))
        if batch and longest * _size(len(batch) + 1) > most:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def _filled_up(rows: Sequence[Tensor]) -> tuple[Tensor, list[int]]:
    """Return rows of features as a batch (rows, frames, 80), and their lengths.

    Rows and frames are filled up to one of few sizes: for each new one cuDNN plans its convolutions again.
    """
    lengths = [len(row) for row in rows]
    frames, missing = _size(max(lengths)), _size(len(rows)) - len(rows)
    batch = rows[0].new_zeros((len(rows) + missing, frames, MEL_BINS))
    for place, row in zip(batch, rows, strict=False):
        place[: len(row)] = row
    return batch, lengths + [frames] * missing


def _size(number: int) -> int:
    """Return the next larger of 1, 2, 3, 4, 6, 8, 12, 16, ...: at most a third of a batch is filling."""
    power = 1 << max(0, (number - 1).bit_length() - 1)
    return next(size for size in (power, 3 * power // 2, 2 * power) if size >= number)


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
