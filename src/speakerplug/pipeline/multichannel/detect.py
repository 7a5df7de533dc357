"""Whether the channels of a recording are different people, or one scene, or one sound twice. Pure: samples in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from ...media.excerpts import MOST
from ...waveform import SAMPLE_RATE, Samples

PIECE_S = 0.5
LEAST_S = 3.0
"""Seconds for which a person must be heard alone."""
LEAD_DB = 6.0
"""How much louder than all others a channel is where only its person speaks; a leak is quieter than that."""
QUIET_DB = 30.0
"""How much quieter than the loud pieces of a recording is a pause."""
SILENT_DB = -60.0
APART = 0.8
"""The part of all sound that must be of one person alone, or of several who are not alike."""
ALIKE = 0.3
"""Correlation from which two channels hear the same."""
SPOKEN = 0.5
"""The part of what a channel hears alone that must be speech."""
LATEST_S = 0.02

Span = tuple[float, float]
FindSpeech = Callable[[Samples], Sequence[Span]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the channels are different people, and why."""

    different_people: bool
    why: str


def judge(channels: Sequence[Samples], find_speech: FindSpeech) -> Verdict:
    """What channels of one length (16 kHz, shape (n,) each) are, going by excerpts as well as by the whole.

    `find_speech` gives the stretches (start, end in seconds) in which somebody speaks; it is asked last.
    """
    if not 2 <= len(channels) <= MOST:
        return Verdict(False, "there is but one" if len(channels) < 2 else f"there are more than {MOST}")
    levels = np.stack([_levels(channel) for channel in channels])
    silent = [str(number) for number, level in enumerate(levels, 1) if level.max(initial=-120.0) < SILENT_DB]
    if silent:
        return Verdict(False, f"there is nothing in channel {' and '.join(silent)}")
    if are_same(channels):
        return Verdict(False, "all channels hold the same sound")
    loud = levels.max(axis=0) > np.quantile(levels.max(axis=0), 0.95) - QUIET_DB
    leads = np.sort(levels, axis=0)[-1] - np.sort(levels, axis=0)[-2] >= LEAD_DB
    alone = [(levels.argmax(axis=0) == number) & leads & loud for number in range(len(channels))]
    shares = " and ".join(f"{100 * a.sum() / max(1, loud.sum()):.0f}" for a in alone)
    if min(a.sum() for a in alone) * PIECE_S < LEAST_S:
        return Verdict(False, f"not every channel has sound of its own (alone in {shares} % of the sound)")
    together = np.flatnonzero(loud & ~leads)
    unlike = sum(_likeness(channels, int(piece)) < ALIKE for piece in together)
    apart = (loud.sum() - len(together) + unlike) / loud.sum()
    if apart < APART:
        return Verdict(False, f"the channels hear the same scene (apart in {100 * apart:.0f} % of the sound)")
    for number, (channel, pieces) in enumerate(zip(channels, alone, strict=True), 1):
        spoken = _spoken(find_speech(channel), len(pieces))
        if spoken[pieces].mean() < SPOKEN:
            return Verdict(False, f"what channel {number} has of its own is not speech")
    return Verdict(True, f"alone in {shares} % of the sound")


def are_same(channels: Sequence[Samples]) -> bool:
    """Whether all channels hold one sound, at whatever level, as when mono is saved as stereo."""
    return all(_correlation(channels[0], other) > 0.99 for other in channels[1:])


def _correlation(one: Samples, other: Samples) -> float:
    norm = float(np.linalg.norm(one)) * float(np.linalg.norm(other))
    return abs(float(np.dot(one, other))) / norm if norm else 0.0


def _levels(samples: Samples) -> npt.NDArray[np.float64]:
    """The level of each piece in dB."""
    size = round(PIECE_S * SAMPLE_RATE)
    pieces = samples[: len(samples) // size * size].reshape(-1, size)
    power: npt.NDArray[np.float64] = np.mean(np.square(pieces, dtype=np.float64), axis=1)
    return 10 * np.log10(power + 1e-12)


def _likeness(channels: Sequence[Samples], piece: int) -> float:
    """The greatest correlation of two channels in a piece, the one a little before or after the other."""
    size, most = round(PIECE_S * SAMPLE_RATE), round(LATEST_S * SAMPLE_RATE)
    pieces = [channel[piece * size : (piece + 1) * size] for channel in channels]
    spectra = [np.fft.rfft(samples, 2 * size) / (np.linalg.norm(samples) + 1e-9) for samples in pieces]
    products = [np.fft.irfft(one * np.conj(other)) for one, other in combinations(spectra, 2)]
    return max(float(np.abs(np.r_[product[:most], product[-most:]]).max()) for product in products)


def _spoken(speech: Sequence[Span], pieces: int) -> npt.NDArray[np.bool_]:
    """In which pieces somebody speaks for at least half of the time."""
    seconds = np.zeros(pieces)
    starts = np.arange(pieces) * PIECE_S
    for start, end in speech:
        seconds += np.clip(np.minimum(end, starts + PIECE_S) - np.maximum(start, starts), 0.0, None)
    return seconds >= PIECE_S / 2
