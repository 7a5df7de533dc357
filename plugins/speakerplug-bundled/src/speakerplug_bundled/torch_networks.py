"""segmentation-3.0 and CAM++ in torch, as the engine needs them on a GPU."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from speakerplug.diarizers.single_pass import FrameGrid, Masks, Networks, RunningSums, Speech, Vectors

from .campplus import load_campplus
from .features import LogMel
from .geometry import DIMENSION, MIN_FRAMES, STRIDE, active_speakers, segmentation_grid
from .segmentation import load_segmentation


def load_torch_networks(device: str, batch_size: int) -> Networks:
    """Return both networks on a device of torch, which computes `batch_size` windows or segments at a time."""
    where = torch.device(device)
    segmentation, embedding = load_segmentation().to(where), load_campplus().to(where)
    return Networks(TorchSegmentation(segmentation), TorchCampplus(embedding), batch_size, batch_size)


class TorchSegmentation:
    """segmentation-3.0: windows of ten seconds, three local speakers."""

    def __init__(self, network: Any) -> None:
        self._network = network

    def grid(self, step_s: float | None) -> FrameGrid:
        """Return the geometry of its windows and frames."""
        return segmentation_grid(step_s)

    @torch.inference_mode()
    def __call__(self, windows: Sequence[Any]) -> list[Masks]:
        """Return the activity of the local speakers in each window, (frames, 3)."""
        waveforms = torch.from_numpy(np.stack(windows)[:, None]).to(self._network.device)
        return list(active_speakers(self._network(waveforms).cpu().numpy()))


class TorchCampplus:
    """CAM++: speaker embeddings of 192 dimensions, of several segments at a time."""

    dimension = DIMENSION
    feature_step_s, feature_s = 0.01, 0.025

    def __init__(self, model: Any) -> None:
        self._model = model

    def features(self) -> LogMel:
        """Return a new stream of log-mel energies."""
        return LogMel()

    def running_sums(self, batch: Sequence[Speech]) -> list[RunningSums | None]:
        """Return the running sums of what is pooled; None for less than 0.2 s."""
        found: list[RunningSums | None] = [None] * len(batch)
        features = [(row, speech.features) for row, speech in enumerate(batch) if len(speech.features) >= MIN_FRAMES]
        for row, pooled in self._model.pooled(features):
            found[row] = RunningSums.of(pooled, batch[row].frames[::STRIDE][: pooled.shape[1]])
        return found

    def embed(self, statistics: Vectors) -> Vectors:
        """Return the embeddings (parts, 192) of means and standard deviations, (parts, 1024)."""
        embeddings: Vectors = self._model.embed(statistics)
        return embeddings
