"""CAM++ speaker embeddings as a `pyannote.audio.Model`, for any pyannote pipeline."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from functools import partial
from typing import Any

import torch
import torchaudio.compliance.kaldi as kaldi
from pyannote.audio import Model
from pyannote.audio.core.task import Problem, Resolution, Specifications
from torch import Tensor, nn
from torch.nn import functional

from .folding import folded
from .weights import CAMPPLUS, CAMPPLUS_NETWORK

SAMPLE_RATE = 16000
MEL_BINS = 80
DIMENSION = 192
# A voice needs some speech to be told from others: 0.2 s of frames that are 10 ms apart.
MIN_FRAMES = 20

_fbank = partial(kaldi.fbank, num_mel_bins=MEL_BINS, sample_frequency=SAMPLE_RATE, dither=0.0)


class CAMPlusPlus(Model):  # type: ignore[misc]  # pyannote ships no types
    """CAM++ (Wang et al., 2023, arXiv:2303.00332): the 192-d embedding of a voice, from 16 kHz sound."""

    def __init__(self, sample_rate: int = SAMPLE_RATE, num_channels: int = 1, task: Any = None) -> None:
        super().__init__(sample_rate=sample_rate, num_channels=num_channels, task=task)
        self.network = folded(_plain_network())
        self.specifications = Specifications(
            problem=Problem.REPRESENTATION, resolution=Resolution.CHUNK, duration=10.0, min_duration=0.2
        )

    @property
    def dimension(self) -> int:
        """Length of an embedding."""
        return DIMENSION

    def forward(self, waveforms: Tensor, weights: Tensor | None = None) -> Tensor:
        """One embedding for each of `waveforms` (batch, 1, samples), heard only where `weights` (batch, frames) > 0.5.

        The 10 ms frames outside of that are cut away (weighting them in the pooling is slower and less accurate).
        Returns (batch, 192), with NaN in the rows of those that keep less than `MIN_FRAMES` frames. A row does not
        depend on its neighbours. Raises ValueError when waveforms without weights are shorter than that.
        """
        if waveforms.shape[1] != 1:
            raise ValueError(f"CAM++ takes one channel, not {waveforms.shape[1]}.")
        voices = [(row, voice) for row, voice in enumerate(_voices(waveforms, weights)) if len(voice) >= MIN_FRAMES]
        if weights is None and len(voices) < len(waveforms):
            raise ValueError(f"CAM++ needs at least {MIN_FRAMES} frames of 10 ms.")
        embeddings = waveforms.new_full((len(waveforms), DIMENSION), torch.nan)
        for rows, batch in _batches(voices, one_by_one=waveforms.device.type == "cpu"):
            embeddings[rows] = self.network(batch)
        return embeddings


def _voices(waveforms: Tensor, weights: Tensor | None) -> Iterator[Tensor]:
    """The frames (any number, 80) that each waveform keeps; the features of equal neighbours are computed once."""
    features = last = None
    for row, waveform in enumerate(waveforms):
        if weights is not None and not (weights[row] > 0.5).any():
            yield waveforms.new_empty((0, MEL_BINS))
            continue
        if features is None or last is None or not torch.equal(waveform, last):
            features, last = _features(waveform), waveform
        yield _centred(features if weights is None else features[_kept(weights[row], len(features))])


def _features(waveform: Tensor) -> Tensor:
    """Log mel energies (frames, 80); empty where the waveform is shorter than one frame of 25 ms."""
    if waveform.shape[-1] < SAMPLE_RATE // 40:
        return waveform.new_empty((0, MEL_BINS))
    # The FFT of MPS is not to be relied on.
    source = waveform.cpu() if waveform.device.type == "mps" else waveform
    features: Tensor = _fbank(source)
    return features.to(waveform.device)


def _kept(weights: Tensor, frames: int) -> Tensor:
    """The mask `weights` (frames of the segmentation) brought to the frame rate of the features."""
    return functional.interpolate(weights[None, None].float(), size=frames, mode="nearest")[0, 0] > 0.5


def _centred(frames: Tensor) -> Tensor:
    return frames - frames.mean(dim=0, keepdim=True) if len(frames) else frames


def _batches(voices: list[tuple[int, Tensor]], *, one_by_one: bool) -> Iterator[tuple[list[int], Tensor]]:
    """Voices of equal length together, as (rows, (batch, frames, 80)): padding would change the embeddings.

    On a CPU one at a time is fastest, for it stays in the cache.
    """
    groups: dict[tuple[int, int], list[tuple[int, Tensor]]] = {}
    for row, voice in voices:
        groups.setdefault((len(voice), row if one_by_one else 0), []).append((row, voice))
    for group in groups.values():
        yield [row for row, _ in group], torch.stack([voice for _, voice in group])


def load_campplus() -> CAMPlusPlus:
    """CAM++ with its weights, in eval mode on the CPU; raises ModelError when a file is missing or damaged."""
    network = _plain_network()
    network.load_state_dict(torch.load(CAMPPLUS.checked(), map_location="cpu", weights_only=True))
    model = CAMPlusPlus()
    model.network = folded(network)
    model.eval()
    return model


def _plain_network() -> nn.Module:
    """The untrained network, from its file alone: importing the package around it takes seconds."""
    path = CAMPPLUS_NETWORK.checked()
    spec = importlib.util.spec_from_file_location("speakerplug_bundled._camplusplus", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    network: nn.Module = module.CAMPPlus(feat_dim=MEL_BINS, embedding_size=DIMENSION)
    return network.eval()
