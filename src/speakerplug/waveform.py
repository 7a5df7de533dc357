"""The audio of a recording: decoded once, passed to every stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import MediaError, first_line, insist

Samples = npt.NDArray[np.float32]

SAMPLE_RATE = 16_000
MOST_CHANNELS = 64


@dataclass(frozen=True, eq=False, slots=True)
class Waveform:
    """Mono audio at 16 kHz: `samples` (float32, shape (n,), read-only) and the file `name`, without a folder."""

    samples: Samples
    name: str = ""

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

    @classmethod
    def of(cls, samples: Any, name: str = "") -> Waveform:
        """Return a waveform of samples in memory at 16 kHz, such as a numpy array or a torch tensor.

        `samples` has shape (n,) or (channels, n), whose channels are averaged; floats are taken as they are, integers
        are scaled to -1 .. 1. The samples are copied. Raises MediaError for samples that are not audio. For samples
        at another rate: `Recording.of(samples, rate=44_100).mono()`.
        """
        return cls(frozen(_mono(array_of(samples))), name)


def mixed(channels: Sequence[Waveform]) -> Waveform:
    """Return the mean of several channels of equal length."""
    mix = np.zeros_like(channels[0].samples)
    for channel in channels:
        mix += channel.samples
    mix /= len(channels)
    return Waveform(frozen(mix), channels[0].name)


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


def _mono(array: npt.NDArray[Any]) -> Samples:
    """Return (n,) or (channels, n) samples of any supported type as a new (n,) float32 array, nominally -1 .. 1."""
    if array.ndim not in (1, 2) or 0 in array.shape:
        raise MediaError(f"Samples of shape {array.shape} are not audio: pass (samples,) or (channels, samples).")
    if array.ndim == 2 and len(array) > MOST_CHANNELS:
        raise MediaError(f"{len(array)} channels are too many: if time comes first, pass the transposed array.")
    kind = array.dtype
    if not (np.issubdtype(kind, np.floating) or kind in (np.uint8, np.int16, np.int32)):
        raise MediaError(f"Samples of type {kind} are not audio: pass float, int16 or int32.")
    single = array.mean(axis=0, dtype=np.float64) if array.ndim == 2 else array
    if np.issubdtype(kind, np.integer):
        middle = 128.0 if kind == np.uint8 else 0.0
        full = 128.0 if kind == np.uint8 else float(-np.iinfo(kind).min)
        single = (single - middle) / full
    mono = np.array(single, dtype=np.float32)
    refuse_infinite(mono)
    return mono


def refuse_infinite(samples: Samples) -> None:
    """Raise MediaError for samples that are not finite."""
    if not np.isfinite(samples).all():
        raise MediaError("The samples contain values that are not finite: replace them, for instance with zeros.")


def frozen(samples: Samples) -> Samples:
    """Make the samples read-only and return them."""
    samples.flags.writeable = False
    return samples
