"""Log-mel energies of audio that comes in blocks, each frame once."""

from __future__ import annotations

import kaldi_native_fbank
import numpy as np

from speakerplug.diarizers.single_pass import Features

from .geometry import MEL_BINS, SAMPLE_RATE


class LogMel:
    """Kaldi's log-mel energies, 100 frames a second, without dither."""

    def __init__(self) -> None:
        options = kaldi_native_fbank.FbankOptions()
        options.frame_opts.samp_freq = SAMPLE_RATE
        options.frame_opts.dither = 0.0
        options.mel_opts.num_bins = MEL_BINS
        self._fbank = kaldi_native_fbank.OnlineFbank(options)
        self._taken = 0

    def push(self, samples: np.ndarray) -> Features:
        """Return the frames (any number, 80) that these samples complete."""
        self._fbank.accept_waveform(SAMPLE_RATE, samples)
        ready = self._fbank.num_frames_ready
        features = np.empty((ready - self._taken, MEL_BINS), np.float32)
        for row, frame in zip(features, range(self._taken, ready), strict=True):
            row[:] = self._fbank.get_frame(frame)  # a view of memory that `pop` frees
        self._fbank.pop(ready - self._taken)
        self._taken = ready
        return features
