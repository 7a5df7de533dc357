"""The array that decoded sound is written to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..waveform import SAMPLE_RATE

if TYPE_CHECKING:
    from ..waveform import Samples

LONGEST_GUESS = 4 * 3600 * SAMPLE_RATE


class Track:
    """A growing float32 array at 16 kHz; what nobody writes to stays silent."""

    def __init__(self, seconds: float | None) -> None:
        """`seconds` is a guess of the length; a good one saves copies."""
        guess = int(max(0.0, seconds or 60.0) * SAMPLE_RATE) + SAMPLE_RATE
        self._array: Samples = np.zeros(min(guess, LONGEST_GUESS), np.float32)
        self.length = 0

    def write(self, position: int, samples: Samples) -> None:
        """Put `samples` at `position`, counted in samples; what lies before 0 is dropped."""
        if position < 0:
            samples, position = samples[-position:], 0
        end = position + len(samples)
        if end > len(self._array):
            self._array.resize(max(end, len(self._array) * 3 // 2), refcheck=False)
        self._array[position:end] = samples
        self.length = max(self.length, end)

    def finish(self) -> Samples:
        """The samples; the track must not be used after this."""
        self._array.resize(self.length, refcheck=False)
        return self._array
