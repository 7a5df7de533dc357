"""Resample audio to 16 kHz with FFmpeg's resampler, by PyAV."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import av

from .waveform import SAMPLE_RATE, SampleBuffer

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame

    from .waveform import Samples, Stored, Waveform

MONO = "mono"


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


def resampled(waveform: Waveform, rate: int) -> Stored:
    """Return the samples of a waveform, which are of `rate` Hz in truth, resampled to 16 kHz."""
    length = len(waveform.samples)
    buffer, resampler = SampleBuffer(length / rate), Resampler()
    for start in range(0, length, 10 * rate):
        block = waveform.read(start, start + 10 * rate)
        frame = av.AudioFrame.from_ndarray(block[None], format="flt", layout="mono")
        frame.sample_rate = rate
        for ready in resampler.convert(frame):
            buffer.write(buffer.length, ready[0])
    for ready in resampler.convert(None):
        buffer.write(buffer.length, ready[0])
    return buffer.finish()
