"""segmentation-3.0 and CAM++ on ONNX Runtime: as the engine needs them, without torch and pyannote.audio."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import kaldi_native_fbank
import numpy as np
from numpy.typing import NDArray

from speakerplug.diarizers.single_pass import Features, FrameGrid, Masks, RunningSums, Samples, Vectors

SAMPLE_RATE = 16000
MEL_BINS = 80
MIN_FEATURES = 20
STRIDE = 2

SEGMENTATION_STEP_S = 1.0
POWERSET = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1], [0, 1, 1]], dtype=np.uint8)
"""The local speakers of each class of segmentation-3.0."""


def session(path: Path) -> Any:
    """Return a session of one thread, as the engine runs several at a time."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


class OnnxSegmentation:
    """segmentation-3.0: windows of ten seconds, three local speakers."""

    def __init__(self, path: Path) -> None:
        self._session = session(path)

    def grid(self, step_s: float | None) -> FrameGrid:
        """Return the geometry of its windows and frames."""
        return FrameGrid(10.0, SEGMENTATION_STEP_S if step_s is None else step_s, 589, 270 / 16000, 991 / 16000)

    def __call__(self, windows: Sequence[Samples]) -> list[Masks]:
        """Return the activity of the local speakers in each window, (frames, 3)."""
        (scores,) = self._session.run(None, {"waveforms": np.stack(windows)[:, None]})
        return list(POWERSET[scores.argmax(axis=2)])


class LogMel:
    """Log-mel energies of audio that comes in blocks, each frame once (Kaldi's, without dither)."""

    def __init__(self) -> None:
        options = kaldi_native_fbank.FbankOptions()
        options.frame_opts.samp_freq = SAMPLE_RATE
        options.frame_opts.dither = 0.0
        options.mel_opts.num_bins = MEL_BINS
        self._fbank = kaldi_native_fbank.OnlineFbank(options)
        self._taken = 0

    def push(self, samples: Samples) -> Features:
        """Return the frames (any number, 80) that these samples complete."""
        self._fbank.accept_waveform(SAMPLE_RATE, samples)
        ready = self._fbank.num_frames_ready
        features = np.empty((ready - self._taken, MEL_BINS), np.float32)
        for row, frame in zip(features, range(self._taken, ready), strict=True):
            row[:] = self._fbank.get_frame(frame)  # a view of memory that `pop` frees
        self._fbank.pop(ready - self._taken)
        self._taken = ready
        return features


class OnnxCampplus:
    """CAM++: speaker embeddings of 192 dimensions."""

    dimension = 192
    feature_step_s, feature_s = 0.01, 0.025

    def __init__(self, path: Path, dense: tuple[NDArray[np.float32], NDArray[np.float32]]) -> None:
        self._session, self._dense = session(path), dense

    def features(self) -> LogMel:
        """Return a new stream of log-mel energies."""
        return LogMel()

    def running_sums(self, features: Features, frames: NDArray[np.intp]) -> RunningSums | None:
        """Return the running sums of the network's output before pooling; None for less than 0.2 s."""
        if len(features) < MIN_FEATURES:
            return None
        (every,) = self._session.run(None, {"features": (features - features.mean(axis=0))[None]})
        return RunningSums.of(every[0], frames[::STRIDE][: every.shape[2]])

    def embed(self, statistics: Vectors) -> Vectors:
        """Return the embeddings (parts, 192) of means and standard deviations, (parts, 1024)."""
        weight, bias = self._dense
        return statistics.astype(np.float32) @ weight + bias
