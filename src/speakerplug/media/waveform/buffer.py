"""Collect the samples of a recording whose length is not known for sure."""

from __future__ import annotations

import numpy as np

from .sample_file import SAMPLE_RATE, SampleFile, Samples, Stored

MAX_IN_MEMORY_S = 2 * 3600.0
"""Seconds of all channels together that are held in memory: 460 MB; longer recordings are written to disk."""


class SampleBuffer:
    """A growing series of samples at 16 kHz, silent where nothing was written; on disk once it is long.

    `share` is the number of such buffers that share the memory.
    """

    def __init__(self, seconds: float | None, share: int = 1) -> None:
        """`seconds` is an estimate of the length; a good one saves copies."""
        self._limit = int(MAX_IN_MEMORY_S * SAMPLE_RATE / share)
        self._file: SampleFile | None = None
        self.length = 0
        estimate = int(max(0.0, seconds or 60.0) * SAMPLE_RATE) + SAMPLE_RATE
        if estimate - SAMPLE_RATE > self._limit:
            self._file, estimate = SampleFile(), 0
        self._array: Samples = np.zeros(estimate, np.float32)

    def write(self, position: int, samples: Samples) -> None:
        """Write `samples` at `position` (in samples); those before 0 are dropped. Raises MediaError on a full disk."""
        if position < 0:
            samples, position = samples[-position:], 0
        end = position + len(samples)
        if self._file is None and end > self._limit:
            self._move_to_disk()
        if self._file is not None:
            self._file.write(position, samples)
        else:
            if end > len(self._array):
                self._array.resize(max(end, len(self._array) * 3 // 2), refcheck=False)
            self._array[position:end] = samples
        self.length = max(self.length, end)

    def _move_to_disk(self) -> None:
        file = SampleFile()
        file.write(0, self._array[: self.length])
        self._file, self._array = file, np.zeros(0, np.float32)

    def finish(self) -> Stored:
        """Return the samples; the buffer must not be used after this."""
        if self._file is not None:
            return self._file
        self._array.resize(self.length, refcheck=False)
        return self._array
