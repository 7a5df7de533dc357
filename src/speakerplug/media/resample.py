"""Resample audio to 16 kHz with FFmpeg's resampler, by PyAV, and the array that decoded audio is written to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import av
import numpy as np

from ..waveform import SAMPLE_RATE

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame

    from ..waveform import Samples

MONO = "mono"
MAX_ESTIMATE = 4 * 3600 * SAMPLE_RATE


class Resampler:
    """Converts frames of one format to 16 kHz float32 samples; holds some back until there are no more frames.

    `layout` names the channels of the result: mono for their mix.
    """

    def __init__(self, layout: str = MONO) -> None:
        # One second at a time: the overhead of frames as short as a codec's exceeds the work on their audio.
        # Not planar, which PyAV crashes on with eight channels.
        self._resampler = av.AudioResampler("flt", layout, SAMPLE_RATE, frame_size=SAMPLE_RATE)
        self._channels = av.AudioLayout(layout).nb_channels

    def convert(self, frame: AudioFrame | None) -> Iterator[Samples]:
        """Yield the samples that are ready after `frame`, shape (channels, n); after None, the last ones."""
        for converted in self._resampler.resample(frame):
            yield converted.to_ndarray().reshape(-1, self._channels).T


class SampleBuffer:
    """A growing float32 array at 16 kHz; silent where nothing was written."""

    def __init__(self, seconds: float | None) -> None:
        """`seconds` is an estimate of the length; a good one saves copies."""
        estimate = int(max(0.0, seconds or 60.0) * SAMPLE_RATE) + SAMPLE_RATE
        self._array: Samples = np.zeros(min(estimate, MAX_ESTIMATE), np.float32)
        self.length = 0

    def write(self, position: int, samples: Samples) -> None:
        """Write `samples` at `position` (in samples); those before 0 are dropped."""
        if position < 0:
            samples, position = samples[-position:], 0
        end = position + len(samples)
        if end > len(self._array):
            self._array.resize(max(end, len(self._array) * 3 // 2), refcheck=False)
        self._array[position:end] = samples
        self.length = max(self.length, end)

    def finish(self) -> Samples:
        """Return the samples; the buffer must not be used after this."""
        self._array.resize(self.length, refcheck=False)
        return self._array


def resampled(samples: Samples, rate: int) -> Samples:
    """Return mono float32 `samples` of `rate` Hz resampled to 16 kHz."""
    buffer, resampler = SampleBuffer(len(samples) / rate), Resampler()
    for start in range(0, len(samples), 10 * rate):
        frame = av.AudioFrame.from_ndarray(samples[None, start : start + 10 * rate], format="flt", layout="mono")
        frame.sample_rate = rate
        for ready in resampler.convert(frame):
            buffer.write(buffer.length, ready[0])
    for ready in resampler.convert(None):
        buffer.write(buffer.length, ready[0])
    return np.ascontiguousarray(buffer.finish())
