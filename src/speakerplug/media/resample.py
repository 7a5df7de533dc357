"""Any sound to 16 kHz, with FFmpeg's resampler as PyAV carries it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import av
import numpy as np

from ..waveform import SAMPLE_RATE
from .buffer import Track

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame

    from ..waveform import Samples

MONO = "mono"


class Resampler:
    """Turns frames of one format into 16 kHz float32 samples; holds some back until there are no more frames.

    `layout` names the channels that come out: mono for their mix.
    """

    def __init__(self, layout: str = MONO) -> None:
        # A second at a time: frames as short as a codec's would cost more than the sound in them.
        # Not planar, which PyAV crashes on with eight channels.
        self._resampler = av.AudioResampler("flt", layout, SAMPLE_RATE, frame_size=SAMPLE_RATE)
        self._channels = av.AudioLayout(layout).nb_channels

    def convert(self, frame: AudioFrame | None) -> Iterator[Samples]:
        """The samples that are ready after `frame`, shape (channels, n); after None, the last."""
        for converted in self._resampler.resample(frame):
            yield converted.to_ndarray().reshape(-1, self._channels).T


def resampled(samples: Samples, rate: int) -> Samples:
    """Mono float32 `samples`, taken at `rate` Hz, at 16 kHz instead."""
    track, resampler = Track(len(samples) / rate), Resampler()
    for start in range(0, len(samples), 10 * rate):
        frame = av.AudioFrame.from_ndarray(samples[None, start : start + 10 * rate], format="flt", layout="mono")
        frame.sample_rate = rate
        for ready in resampler.convert(frame):
            track.write(track.length, ready[0])
    for ready in resampler.convert(None):
        track.write(track.length, ready[0])
    return np.ascontiguousarray(track.finish())
