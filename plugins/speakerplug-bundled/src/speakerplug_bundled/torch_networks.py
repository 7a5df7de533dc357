"""segmentation-3.0 and CAM++ in torch, as the engine needs them on a GPU."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from speakerplug.devices import Device, full_precision
from speakerplug.diarizers.single_pass import (
    Features,
    FeatureStream,
    FrameGrid,
    Masks,
    Networks,
    RunningSums,
    Speech,
    Vectors,
)

from .campplus import fbank, load_campplus
from .features import LogMel
from .geometry import (
    DIMENSION,
    HOP_SAMPLES,
    MEL_BINS,
    MIN_FRAMES,
    STRIDE,
    WINDOW_SAMPLES,
    active_speakers,
    segmentation_grid,
)
from .segmentation import load_segmentation

SEGMENTS_A_WINDOW = 4
"""Segments are that much shorter than windows, so as many more are embedded at a time."""
FRAMES_A_WINDOW = 1000
"""Frames of ten seconds: a batch of segments takes no more memory than one of windows."""


def load_torch_networks(device: Device, batch_size: int) -> Networks:
    """Return both networks on a device of torch, which computes `batch_size` windows at a time."""
    segmentation, embedding = load_segmentation().to(str(device)), load_campplus().to(str(device))
    embedding.batch_frames = FRAMES_A_WINDOW * batch_size
    return Networks(
        TorchSegmentation(segmentation, device),
        TorchCampplus(embedding, device),
        batch_size,
        SEGMENTS_A_WINDOW * batch_size,
    )


@contextmanager
def _inference(device: Device) -> Iterator[None]:
    with full_precision(device), torch.inference_mode():
        yield


class TorchSegmentation:
    """segmentation-3.0: windows of ten seconds, three local speakers."""

    def __init__(self, network: Any, device: Device) -> None:
        self._network, self._device = network, device

    def grid(self, step_s: float | None) -> FrameGrid:
        """Return the geometry of its windows and frames."""
        return segmentation_grid(step_s)

    def __call__(self, windows: Sequence[Any]) -> list[Masks]:
        """Return the activity of the local speakers in each window, (frames, 3)."""
        with _inference(self._device):
            waveforms = torch.from_numpy(np.stack(windows)[:, None]).to(str(self._device))
            return list(active_speakers(self._network(waveforms).cpu().numpy()))


class TorchLogMel:
    """The same energies as `LogMel`, within rounding, computed on a GPU."""

    def __init__(self, device: Device) -> None:
        self._device, self._samples = device, np.zeros(0, np.float32)

    def push(self, samples: np.ndarray) -> Features:
        """Return the frames (any number, 80) that these samples complete."""
        self._samples = np.concatenate([self._samples, samples])
        frames = max(0, (len(self._samples) - WINDOW_SAMPLES) // HOP_SAMPLES + 1)
        if not frames:
            return np.empty((0, MEL_BINS), np.float32)
        with _inference(self._device):
            features: Features = fbank(torch.from_numpy(self._samples)[None].to(str(self._device))).cpu().numpy()
        self._samples = self._samples[frames * HOP_SAMPLES :]
        return features


class TorchCampplus:
    """CAM++: speaker embeddings of 192 dimensions, of several segments at a time."""

    dimension = DIMENSION
    feature_step_s, feature_s = 0.01, 0.025

    def __init__(self, model: Any, device: Device) -> None:
        self._model, self._device = model, device

    def features(self) -> FeatureStream:
        """Return a new stream of log-mel energies."""
        return TorchLogMel(self._device) if self._device.kind == "cuda" else LogMel()  # the FFT of MPS is unreliable

    def running_sums(self, batch: Sequence[Speech]) -> list[RunningSums | None]:
        """Return the running sums of what is pooled; None for less than 0.2 s."""
        found: list[RunningSums | None] = [None] * len(batch)
        features = [(row, speech.features) for row, speech in enumerate(batch) if len(speech.features) >= MIN_FRAMES]
        with _inference(self._device):
            for row, hops in self._model.hop_sums(features):
                found[row] = RunningSums.of_hops(hops, batch[row].frames[::STRIDE])
        return found

    def embed(self, statistics: Vectors) -> Vectors:
        """Return the embeddings (parts, 192) of means and standard deviations, (parts, 1024)."""
        with _inference(self._device):
            embeddings: Vectors = self._model.embed(statistics)
        return embeddings
