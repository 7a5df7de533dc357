"""Detect whether the channels of a recording are separate speakers, one scene, or copies. Pure: samples in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from ...media.excerpts import MOST
from ...media.waveform import SAMPLE_RATE, Samples, Waveform
from .crosstalk import BLOCK_S, MAX_DELAY_S, Span

MIN_ALONE_S = 3.0
"""Seconds that each speaker must speak alone."""
LEAD_DB = 6.0
"""How much louder than all others a channel is while only its speaker speaks; crosstalk is quieter than that."""
PAUSE_DB = 30.0
"""How much quieter than the loud blocks of a recording a pause is."""
SILENT_DB = -60.0
"""Level below which a channel is silent."""
MIN_SEPARATE = 0.8
"""Share of the audio in which one channel must lead, or the channels must not correlate."""
SAME_SCENE_CORRELATION = 0.3
"""Correlation from which two channels carry the same scene."""
MIN_SPEECH = 0.5
"""Share of the audio of one channel alone that must be speech."""

FindSpeech = Callable[[Waveform], Sequence[Span]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the channels are separate speakers, and why."""

    separate_speakers: bool
    why: str


def judge(channels: Sequence[Samples], find_speech: FindSpeech) -> Verdict:
    """Judge whether channels of equal length (16 kHz, shape (n,) each) are separate speakers; excerpts suffice.

    `find_speech` returns speech segments (start, end in seconds); it is called last, for it is the slowest test.
    """
    if not 2 <= len(channels) <= MOST:
        return Verdict(False, "there is only one" if len(channels) < 2 else f"there are more than {MOST}")
    levels = np.stack([_levels(channel) for channel in channels])
    silent = [str(number) for number, level in enumerate(levels, 1) if level.max(initial=-120.0) < SILENT_DB]
    if silent:
        return Verdict(False, f"channel {' and '.join(silent)} is silent")
    if are_same([Waveform(channel) for channel in channels]):
        return Verdict(False, "all channels hold the same audio")
    loud = levels.max(axis=0) > np.quantile(levels.max(axis=0), 0.95) - PAUSE_DB
    leads = np.sort(levels, axis=0)[-1] - np.sort(levels, axis=0)[-2] >= LEAD_DB
    alone = [(levels.argmax(axis=0) == number) & leads & loud for number in range(len(channels))]
    shares = " and ".join(f"{100 * a.sum() / max(1, loud.sum()):.0f}" for a in alone)
    if min(a.sum() for a in alone) * BLOCK_S < MIN_ALONE_S:
        return Verdict(False, f"not every channel has audio of its own (alone in {shares} % of the audio)")
    together = np.flatnonzero(loud & ~leads)
    uncorrelated = sum(_max_correlation(channels, int(block)) < SAME_SCENE_CORRELATION for block in together)
    separate = (loud.sum() - len(together) + uncorrelated) / loud.sum()
    if separate < MIN_SEPARATE:
        return Verdict(False, f"the channels carry the same scene (separate in {100 * separate:.0f} % of the audio)")
    for number, (channel, blocks) in enumerate(zip(channels, alone, strict=True), 1):
        is_speech = _speech_blocks(find_speech(Waveform(channel)), len(blocks))
        if is_speech[blocks].mean() < MIN_SPEECH:
            return Verdict(False, f"the audio that only channel {number} has is not speech")
    return Verdict(True, f"alone in {shares} % of the audio")


def are_same(channels: Sequence[Waveform]) -> bool:
    """Return whether all channels hold the same audio, at any level, as when mono is saved as stereo."""
    return all(_correlation(channels[0], other) > 0.99 for other in channels[1:])


def _correlation(one: Waveform, other: Waveform) -> float:
    blocks = zip(one.blocks(60.0), other.blocks(60.0), strict=True)
    products = sum((np.array([a @ b, a @ a, b @ b], np.float64) for a, b in blocks), np.zeros(3))
    norm = float(np.sqrt(products[1] * products[2]))
    return abs(float(products[0])) / norm if norm else 0.0


def _levels(samples: Samples) -> npt.NDArray[np.float64]:
    """Return the level of each block in dB, shape (blocks,)."""
    size = round(BLOCK_S * SAMPLE_RATE)
    blocks = samples[: len(samples) // size * size].reshape(-1, size)
    power: npt.NDArray[np.float64] = np.mean(np.square(blocks, dtype=np.float64), axis=1)
    return 10 * np.log10(power + 1e-12)


def _max_correlation(channels: Sequence[Samples], block: int) -> float:
    """Return the highest correlation of any two channels in a block, at lags up to `MAX_DELAY_S` either way."""
    size, max_lag = round(BLOCK_S * SAMPLE_RATE), round(MAX_DELAY_S * SAMPLE_RATE)
    blocks = [channel[block * size : (block + 1) * size] for channel in channels]
    spectra = [np.fft.rfft(samples, 2 * size) / (np.linalg.norm(samples) + 1e-9) for samples in blocks]
    products = [np.fft.irfft(one * np.conj(other)) for one, other in combinations(spectra, 2)]
    return max(float(np.abs(np.r_[product[:max_lag], product[-max_lag:]]).max()) for product in products)


def _speech_blocks(speech: Sequence[Span], count: int) -> npt.NDArray[np.bool_]:
    """Return for each of `count` blocks whether at least half of it is speech."""
    seconds = np.zeros(count)
    starts = np.arange(count) * BLOCK_S
    for start, end in speech:
        seconds += np.clip(np.minimum(end, starts + BLOCK_S) - np.maximum(start, starts), 0.0, None)
    return seconds >= BLOCK_S / 2
