"""Small recordings of every kind, made with PyAV, and measures of how well two signals are aligned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.stream import Disposition

from speakerplug.media.file import MediaFile
from speakerplug.media.probe import StreamInfo

Samples = npt.NDArray[np.float32]
LAYOUTS = {1: "mono", 2: "stereo", 4: "quad", 6: "5.1"}
BLOCK_S = 0.1


def babble(seconds: float, rate: int = 16_000, channels: int = 1, seed: int = 0) -> Samples:
    """Return bursts of tones, shape (channels, n), the same at every rate, and different at any two times."""
    return np.tile(_babble(seconds, rate, seed), (channels, 1))


@lru_cache(maxsize=32)
def _babble(seconds: float, rate: int, seed: int) -> Samples:
    random = np.random.default_rng(seed)
    audio = np.zeros(round(seconds * rate))
    for start in np.arange(0.0, seconds, 0.1):
        pitch, phase, middle = random.uniform(200, 2800), random.uniform(0, 6), start + random.uniform(0, 0.05)
        near = np.arange(max(0, int((middle - 0.1) * rate)), min(len(audio), int((middle + 0.1) * rate)))
        time = near / rate
        audio[near] += np.exp(-(((time - middle) / 0.02) ** 2)) * np.sin(6.2832 * pitch * time + phase)
    return (0.25 * audio).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Track:
    """An audio stream to be written: its samples, and the seconds `hole` (from, to) in which nothing is written."""

    samples: Samples
    rate: int = 16_000
    codec: str = "aac"
    start: float = 0.0
    hole: tuple[float, float] = (0.0, 0.0)
    disposition: Disposition | None = None
    language: str = ""


@dataclass(frozen=True, eq=False)
class Recording:
    """A file to be written: audio tracks, and seconds of a black picture."""

    tracks: tuple[Track, ...] = ()
    picture_s: float = 0.0
    options: dict[str, str] = field(default_factory=dict)

    def write(self, path: Path) -> Path:
        """Encode everything to `path`, whose suffix names the container."""
        with av.open(str(path), "w", options=self.options) as container:
            frames: list[tuple[float, av.stream.Stream, av.frame.Frame]] = []
            for track in self.tracks:
                stream = container.add_stream(track.codec, rate=track.rate, layout=LAYOUTS[len(track.samples)])
                stream.time_base = Fraction(1, track.rate)
                if track.disposition is not None:
                    stream.disposition = track.disposition
                if track.language:
                    stream.metadata["language"] = track.language
                frames += [(time, stream, frame) for time, frame in _audio(track)]
            if self.picture_s:
                stream = container.add_stream("mpeg4", rate=25, width=64, height=48)
                frames += [(time, stream, frame) for time, frame in _pictures(self.picture_s)]
            for _, stream, frame in sorted(frames, key=lambda entry: entry[0]):
                container.mux(stream.encode(frame))
            for stream in container.streams:
                container.mux(stream.encode(None))
        return path


def record(path: Path, audio: Samples, rate: int = 16_000, codec: str = "aac", **options: str) -> Path:
    """Write one audio track to `path`."""
    return Recording((Track(audio, rate, codec),), options=options).write(path)


class Claimed(MediaFile):
    """A file with a fake description of its audio stream."""

    def __init__(self, path: Path, info: StreamInfo) -> None:
        super().__init__(path)
        self.claim = info

    @property
    def info(self) -> StreamInfo:
        """The claim."""
        return self.claim


def lag(first: Samples, second: Samples) -> float:
    """Return by how many seconds `second`, at 16 kHz, is later than `first`, by cross-correlation."""
    size = len(first) + len(second)
    spectrum = np.fft.rfft(second, size) * np.conj(np.fft.rfft(first, size))
    best = int(np.argmax(np.fft.irfft(spectrum, size)))
    return (best - size if best > size // 2 else best) / 16_000


def likeness(first: Samples, second: Samples) -> float:
    """Return the correlation, -1 to 1, of two signals without a shift, over the length of the shorter."""
    size = min(len(first), len(second))
    return float(np.corrcoef(first[:size], second[:size])[0, 1])


def _audio(track: Track) -> Iterator[tuple[float, av.AudioFrame]]:
    """Yield the blocks of a track, with the start time of each."""
    block = round(BLOCK_S * track.rate)
    for first in range(0, track.samples.shape[1], block):
        time = first / track.rate
        if track.hole[0] <= time < track.hole[1]:
            continue
        chunk = np.ascontiguousarray(track.samples[:, first : first + block])
        frame = av.AudioFrame.from_ndarray(chunk, format="fltp", layout=LAYOUTS[len(chunk)])
        frame.sample_rate, frame.time_base = track.rate, Fraction(1, track.rate)
        frame.pts = first + round(track.start * track.rate)
        yield time + track.start, frame


def _pictures(seconds: float) -> Iterator[tuple[float, av.VideoFrame]]:
    for number in range(round(seconds * 25)):
        frame = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")
        frame.pts, frame.time_base = number, Fraction(1, 25)
        yield number / 25, frame
