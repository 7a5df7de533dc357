"""Bleed: what one channel hears only because the speaker of another leaks into it. Pure: samples in, evidence out.

A leak is a quiet copy: as much quieter as always, as much later as always, and alike in shape. Whoever speaks at the
same time is louder than the copy alone would be, and makes the channel unlike the other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise, permutations
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from ...waveform import SAMPLE_RATE, Samples

PIECE_S = 0.5
"""Seconds that are compared at once to find the way from one channel into another."""
SIZE = round(PIECE_S * SAMPLE_RATE)
FEWEST = 6
"""Pieces that must agree before anything is taken for a leak."""
MOST_PIECES = 1200
LATEST_S = 0.02
"""How much later, or earlier, a leak can come: seven meters of air, or a jitter between two devices."""
SAME_LAG = round(0.0015 * SAMPLE_RATE)
WHITENING = 0.8
"""How nearly all frequencies count alike; 1 is fully, and helpless where most of them are silent."""
CLEAR = 6.0
"""How far a lag must stand out: chance comes to 3 or 4 times what is usual."""
LEAST_LIKENESS = 0.3
QUIETER_DB = 3.0
"""A copy is at least so much quieter than its original."""
FAINT_DB = 50.0
"""What is so much quieter than the loudest piece of its channel says nothing."""
EXCESS_DB = 4.0
"""How much louder than the usual leak a stretch may be and still be one."""
SHORTEST_S = 0.2
"""Words that are shorter are looked at with some of what is around them."""
STEP_S = 0.1

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Leak:
    """How one channel comes to hear another: `gain_db` (below 0), `lag` in samples, and how alike the copy is."""

    gain_db: float
    lag: int
    likeness: float

    def explains(self, heard: Samples, spoken: Samples, first: int, last: int, is_suspected: bool = False) -> bool:
        """Whether `heard`, from sample `first` to `last`, is only the leak of `spoken`: by level and by likeness."""
        doubt = 2.0 if is_suspected else 1.0
        here, there = heard[first:last], _shifted(spoken, first, last, self.lag)
        if _level(here) - _level(there) - self.gain_db > doubt * EXCESS_DB:
            return False
        return _likeness(here, there) > self.likeness / (2 * doubt)


@dataclass(frozen=True, eq=False)
class Bleed:
    """The leaks of a recording: `leaks[heard, spoken]` is that of channel `spoken` into channel `heard`."""

    channels: tuple[Samples, ...]
    leaks: dict[tuple[int, int], Leak] = field(default_factory=dict)

    @classmethod
    def between(cls, channels: Sequence[Samples]) -> Bleed:
        """The leaks between channels of one length, 16 kHz, each of shape (n,)."""
        starts = np.arange(0, min(map(len, channels), default=0) - SIZE + 1, SIZE)
        levels = np.array([[_level(channel[start : start + SIZE]) for start in starts] for channel in channels])
        leaks = {}
        for heard, spoken in permutations(range(len(channels)), 2):
            pieces = [slice(start, start + SIZE) for start in starts[_candidates(levels, heard, spoken)]]
            leak = _leak([(channels[heard][piece], channels[spoken][piece]) for piece in pieces])
            if leak is not None:
                leaks[heard, spoken] = leak
        return cls(tuple(channels), leaks)

    def source_of(self, channel: int, start: float, end: float, suspects: Collection[int] = ()) -> int | None:
        """The channel whose leak is all that `channel` hears from `start` to `end` (seconds); None if there is more.

        `suspects` are channels that say the same at nearly the same time: less evidence is asked of them.
        """
        samples = self.channels[channel]
        first, last = _around(start, end, len(samples))
        for (heard, spoken), leak in self.leaks.items():
            if heard == channel and leak.explains(samples, self.channels[spoken], first, last, spoken in suspects):
                return spoken
        return None

    def own(self, channel: int, speech: Sequence[Span]) -> list[Span]:
        """What is left of the stretches of speech in `channel` (start, end) without those that are only a leak."""
        if all(heard != channel for heard, _ in self.leaks):
            return list(speech)
        return [span for start, end in speech for span in self._own(channel, start, end)]

    def _own(self, channel: int, start: float, end: float) -> Iterator[Span]:
        """The same for one stretch, which is looked at step by step."""
        edges = np.linspace(start, end, max(1, round((end - start) / STEP_S)) + 1)
        steps = [(float(a), float(b)) for a, b in pairwise(edges)]
        spoken = [self.source_of(channel, a - STEP_S, b + STEP_S) is None for a, b in steps]
        for is_own, run in groupby(zip(spoken, steps, strict=True), key=itemgetter(0)):
            spans = [span for _, span in run]
            if is_own and spans[-1][1] - spans[0][0] >= min(SHORTEST_S, end - start):
                yield spans[0][0], spans[-1][1]


def _candidates(levels: npt.NDArray[np.float64], heard: int, spoken: int) -> npt.NDArray[np.intp]:
    """The pieces, by number, in which `heard` could be a copy of `spoken`, the loudest; of many only some.

    `levels` has shape (channels, pieces).
    """
    if not levels.size:
        return np.zeros(0, np.intp)
    loudest = (levels[spoken] == levels.max(axis=0)) & (levels[spoken] > levels[spoken].max() - FAINT_DB / 2)
    quieter = (levels[heard] < levels[spoken] - QUIETER_DB) & (levels[heard] > levels[heard].max() - FAINT_DB)
    found = np.flatnonzero(loudest & quieter)
    return found[:: max(1, -(-len(found) // MOST_PIECES))]


def _leak(pairs: Sequence[tuple[Samples, Samples]]) -> Leak | None:
    """The leak that pieces of two channels (heard, spoken) have in common, if there is one."""
    lag = _common_lag(pairs) if len(pairs) >= FEWEST else None
    if lag is None:
        return None
    copies = [_copy(heard, spoken, lag) for heard, spoken in pairs]
    alike = [copy for copy in copies if copy[1] >= LEAST_LIKENESS]
    if len(alike) < max(FEWEST, len(copies) / 3):
        return None
    gain_db, likeness = np.median(np.array(alike), axis=0)
    return Leak(float(gain_db), lag, float(likeness))


def _common_lag(pairs: Sequence[tuple[Samples, Samples]]) -> int | None:
    """By how many samples all that is heard comes after what is spoken; None where no lag stands out.

    Correlation with frequencies given nearly the same weight, as a voice is otherwise like itself a period later: Knapp
    and Carter, The Generalized Correlation Method for Estimation of Time Delay, 1976.
    """
    total = np.zeros(SIZE + 1, np.complex128)
    fade = np.hanning(SIZE)  # edges that are cut at the same place are alike
    for heard, spoken in pairs:
        cross = np.fft.rfft(fade * heard, 2 * SIZE) * np.conj(np.fft.rfft(fade * spoken, 2 * SIZE))
        total += cross / (np.abs(cross) + 1e-12) ** WHITENING
    most = round(LATEST_S * SAMPLE_RATE)
    products = np.abs(np.fft.irfft(total))[np.arange(-most, most + 1)]
    best = int(np.argmax(products))
    others = np.delete(products, np.arange(max(0, best - SAME_LAG), min(len(products), best + SAME_LAG + 1)))
    return best - most if products[best] > CLEAR * np.sqrt(np.mean(np.square(others))) else None


def _copy(heard: Samples, spoken: Samples, lag: int) -> tuple[float, float]:
    """Gain (dB) and likeness (0 to 1) of a piece that comes so many samples later."""
    late, early = (heard[lag:], spoken[: len(spoken) - lag]) if lag >= 0 else (heard[:lag], spoken[-lag:])
    norm = float(np.linalg.norm(late) * np.linalg.norm(early)) + 1e-12
    return _level(late) - _level(early), abs(float(np.dot(late, early))) / norm


def _likeness(heard: Samples, spoken: Samples) -> float:
    """Correlation, 0 to 1, of two sounds as they lie, or a sample or two apart."""
    norm = float(np.linalg.norm(heard) * np.linalg.norm(spoken)) + 1e-12
    inner = heard[SAME_LAG : len(heard) - SAME_LAG]
    products = np.correlate(spoken, inner, mode="valid") if len(inner) else np.zeros(1)
    return float(np.abs(products).max() / norm)


def _shifted(samples: Samples, first: int, last: int, lag: int) -> Samples:
    """What was said `lag` samples before `first` to `last`, with silence where there is nothing."""
    low, high = first - lag, last - lag
    inside = samples[max(0, low) : max(0, high)]
    before = max(0, min(-low, last - first))
    return np.pad(inside, (before, max(0, last - first - before - len(inside))))


def _around(start: float, end: float, length: int) -> tuple[int, int]:
    """The samples from `start` to `end`, at least so many that something can be told of them."""
    more = max(0.0, SHORTEST_S - (end - start)) / 2
    first = min(max(0, round((start - more) * SAMPLE_RATE)), max(0, length - 1))
    return first, max(first + 1, min(length, round((end + more) * SAMPLE_RATE)))


def _level(samples: npt.NDArray[np.float32]) -> float:
    """In dB; digital silence is -120."""
    return float(10 * np.log10(np.mean(np.square(samples, dtype=np.float64)) + 1e-12))
