"""A waveform: mono audio at 16 kHz, read as a whole, by span or in blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ...errors import MediaError, first_line, insist
from .buffer import SampleBuffer
from .sample_file import BLOCK, SAMPLE_RATE, SampleFile, Samples, Stored, blocks_of

MOST_CHANNELS = 64


@dataclass(frozen=True, eq=False)
class Waveform:
    """Mono audio at 16 kHz: `samples` (float32, shape (n,), read-only) and the file `name`, without a folder.

    The samples of a long recording are on disk, and `samples` is a memory map of them: what goes through all of them
    reads them by `blocks` or `span`, so that they are never in memory at the same time. Of a part of a recording,
    `start` is where it starts there, in seconds; all times of stages are from the first sample.
    """

    samples: Samples
    name: str = ""
    file: SampleFile | None = field(default=None, repr=False)
    start: float = 0.0

    def __post_init__(self) -> None:
        samples = self.samples
        if not (isinstance(samples, np.ndarray) and samples.dtype == np.float32 and samples.ndim == 1):
            of = f" of {samples.dtype}, shape {samples.shape}" if isinstance(samples, np.ndarray) else ""
            raise MediaError(
                f"A Waveform takes a numpy array of float32, shape (n,), at 16 kHz, not {type(samples).__name__}{of}: "
                "use Waveform.of(samples), or Recording.of(samples, rate=...) for another rate."
            )
        insist("name", self.name, str, "a string")

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return len(self.samples) / SAMPLE_RATE

    def read(self, first: int, last: int) -> Samples:
        """Return samples `first` to `last`, read-only, clipped to the recording."""
        if self.file is not None:
            return self.file.read(first, last)
        return self.samples[max(0, first) : max(0, last)]

    def span(self, start: float, end: float) -> Samples:
        """Return the samples from `start` to `end` (seconds), read-only, clipped to the recording."""
        first, last = (round(min(max(0.0, at), self.duration) * SAMPLE_RATE) for at in (start, end))
        return self.read(first, last)

    def blocks(self, block_s: float) -> Iterator[Samples]:
        """Yield all samples in consecutive blocks of `block_s` seconds, read-only; the last one may be shorter."""
        size = max(1, round(block_s * SAMPLE_RATE))
        for first in range(0, len(self.samples), size):
            yield self.read(first, first + size)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle all samples, also those on disk."""
        return Waveform, (self.samples.view(np.ndarray), self.name, None, self.start)

    @classmethod
    def stored(cls, samples: Stored, name: str = "", start: float = 0.0) -> Waveform:
        """Return the waveform of samples in memory, which become read-only, or on disk."""
        if isinstance(samples, SampleFile):
            return cls(samples.mapped(), name, samples, start)
        return cls(frozen(samples), name, start=start)

    @classmethod
    def of(cls, samples: Any, name: str = "") -> Waveform:
        """Return a waveform of samples in memory at 16 kHz, such as a numpy array or a torch tensor.

        `samples` has shape (n,) or (channels, n), whose channels are averaged; floats are taken as they are, integers
        are scaled to -1 .. 1. The samples are copied. Raises MediaError for samples that are not audio. For samples
        at another rate: `Recording.of(samples, rate=44_100).mono()`.
        """
        array = array_of(samples)
        _refuse_no_audio(array)
        buffer = SampleBuffer(array.shape[-1] / SAMPLE_RATE)
        for first in range(0, array.shape[-1], BLOCK):
            buffer.write(first, _mono(array[..., first : first + BLOCK]))
        return cls.stored(buffer.finish(), name)


def mixed(channels: Sequence[Waveform]) -> Waveform:
    """Return the mean of several channels of equal length."""
    buffer = SampleBuffer(channels[0].duration)
    for first in range(0, len(channels[0].samples), BLOCK):
        buffer.write(first, np.mean([channel.read(first, first + BLOCK) for channel in channels], axis=0))
    return Waveform.stored(buffer.finish(), channels[0].name, channels[0].start)


def array_of(samples: Any) -> npt.NDArray[Any]:
    """Return `samples`, on whatever device, as a numpy array; raises MediaError if they cannot be read."""
    try:
        if hasattr(samples, "detach"):
            samples = samples.detach().cpu()
            samples = (samples.float() if samples.is_floating_point() else samples).numpy()
        return np.asarray(samples)
    except (TypeError, ValueError, RuntimeError) as error:  # a tensor on the device meta, rows of several lengths
        raise MediaError(
            f"The samples cannot be read ({first_line(error)}): pass a numpy array, or a tensor that holds its values."
        ) from error


def _refuse_no_audio(array: npt.NDArray[Any]) -> None:
    """Raise MediaError for an array that is not (n,) or (channels, n) samples of a supported type."""
    if array.ndim not in (1, 2) or 0 in array.shape:
        raise MediaError(f"Samples of shape {array.shape} are not audio: pass (samples,) or (channels, samples).")
    if array.ndim == 2 and len(array) > MOST_CHANNELS:
        raise MediaError(f"{len(array)} channels are too many: if time comes first, pass the transposed array.")
    kind = array.dtype
    if not (np.issubdtype(kind, np.floating) or kind in (np.uint8, np.int16, np.int32)):
        raise MediaError(f"Samples of type {kind} are not audio: pass float, int16 or int32.")


def _mono(array: npt.NDArray[Any]) -> Samples:
    """Return (n,) or (channels, n) samples of any supported type as a new (n,) float32 array, nominally -1 .. 1."""
    kind = array.dtype
    single = array.mean(axis=0, dtype=np.float64) if array.ndim == 2 else array
    if np.issubdtype(kind, np.integer):
        middle = 128.0 if kind == np.uint8 else 0.0
        full = 128.0 if kind == np.uint8 else float(-np.iinfo(kind).min)
        single = (single - middle) / full
    mono = np.array(single, dtype=np.float32)
    refuse_infinite(mono)
    return mono


def refuse_infinite(samples: Stored) -> None:
    """Raise MediaError for samples that are not finite."""
    if not all(np.isfinite(block).all() for _, block in blocks_of(samples)):
        raise MediaError("The samples contain values that are not finite: replace them, for instance with zeros.")


def frozen(samples: Samples) -> Samples:
    """Make the samples read-only and return them."""
    samples.flags.writeable = False
    return samples
