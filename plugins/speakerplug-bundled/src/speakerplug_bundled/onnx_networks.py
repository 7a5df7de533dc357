"""segmentation-3.0 and CAM++ on ONNX Runtime, as the engine needs them on a CPU."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from speakerplug.diarizers.single_pass import FrameGrid, Masks, Networks, RunningSums, Speech, Vectors
from speakerplug.plugin import ModelError

from .export import campplus_dense_onnx, campplus_onnx, segmentation_onnx
from .features import LogMel
from .geometry import DIMENSION, MIN_FRAMES, STRIDE, active_speakers, segmentation_grid

WINDOWS_AT_ONCE = 2
"""Windows that a thread computes at a time: as many as the cache of a core holds."""


def load_onnx_networks() -> Networks:
    """Return both networks; raises ModelError for a bad or missing file."""
    return Networks(
        OnnxSegmentation(segmentation_onnx()), OnnxCampplus(campplus_onnx(), campplus_dense_onnx()), WINDOWS_AT_ONCE
    )


def _session(path: Path) -> Any:
    """Return a session of one thread, as the engine runs several at a time; raises ModelError for a damaged file."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # it raises classes of its own for each kind of damage
        raise ModelError(f"{path} is damaged; delete it, and it is made again.") from error


class OnnxSegmentation:
    """segmentation-3.0: windows of ten seconds, three local speakers."""

    def __init__(self, path: Path) -> None:
        self._session = _session(path)

    def grid(self, step_s: float | None) -> FrameGrid:
        """Return the geometry of its windows and frames."""
        return segmentation_grid(step_s)

    def __call__(self, windows: Sequence[Any]) -> list[Masks]:
        """Return the activity of the local speakers in each window, (frames, 3)."""
        (scores,) = self._session.run(None, {"waveforms": np.stack(windows)[:, None]})
        return list(active_speakers(scores))


class OnnxCampplus:
    """CAM++: speaker embeddings of 192 dimensions."""

    dimension = DIMENSION
    feature_step_s, feature_s = 0.01, 0.025

    def __init__(self, pooled: Path, dense: Path) -> None:
        self._pooled, self._dense = _session(pooled), _session(dense)

    def features(self) -> LogMel:
        """Return a new stream of log-mel energies."""
        return LogMel()

    def running_sums(self, batch: Sequence[Speech]) -> list[RunningSums | None]:
        """Return the running sums of what is pooled, one after the other; None for less than 0.2 s."""
        return [self._sums(speech) if len(speech.features) >= MIN_FRAMES else None for speech in batch]

    def embed(self, statistics: Vectors) -> Vectors:
        """Return the embeddings (parts, 192) of means and standard deviations, (parts, 1024)."""
        (embeddings,) = self._dense.run(None, {"statistics": statistics.astype(np.float32)})
        return embeddings  # type: ignore[no-any-return]

    def _sums(self, speech: Speech) -> RunningSums:
        centered = speech.features - speech.features.mean(axis=0)
        (pooled,) = self._pooled.run(None, {"features": centered[None]})
        return RunningSums.of(pooled[0], speech.frames[::STRIDE][: pooled.shape[2]])
