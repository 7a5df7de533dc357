"""Crosstalk between channels: speech that is in one channel only because it leaks in from another. Pure: audio in.

Crosstalk is an attenuated copy, with constant gain, constant delay and the same waveform. A second speaker at the same
time makes a channel louder than the copy alone would be, and lowers its correlation with the source.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise, permutations
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from ...media.waveform import SAMPLE_RATE, Samples, Waveform

BLOCK_S = 0.5
"""Seconds of the blocks that are compared to estimate the path from one channel into another."""
BLOCK_SIZE = round(BLOCK_S * SAMPLE_RATE)
MIN_BLOCKS = 6
"""Blocks that must agree before a path is assumed."""
MAX_BLOCKS = 1200
MAX_DELAY_S = 0.02
"""Maximum delay of crosstalk, either way: seven meters of air, or jitter between two devices."""
LAG_TOLERANCE = round(0.0015 * SAMPLE_RATE)
WHITENING = 0.8
"""Exponent of the spectral whitening; 1 weights all frequencies equally, and fails if most of them are silent."""
MIN_PEAK_RATIO = 6.0
"""How far the peak of the correlation must exceed its RMS; noise reaches 3 or 4."""
MIN_CORRELATION = 0.3
MIN_ATTENUATION_DB = 3.0
"""A copy is at least this much quieter than its source."""
DYNAMIC_RANGE_DB = 50.0
"""Blocks that are this much quieter than the loudest one of their channel are ignored."""
MAX_EXCESS_DB = 4.0
"""How much louder than the typical crosstalk a span may be and still be crosstalk."""
MIN_SPAN_S = 0.2
"""Shorter spans are judged together with some of the audio around them."""
STEP_S = 0.1

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class CrosstalkPath:
    """How one channel leaks into another: `gain_db` (below 0), `lag` in samples, and correlation of the copy."""

    gain_db: float
    lag: int
    correlation: float

    def explains(self, target: Waveform, source: Waveform, first: int, last: int, is_suspected: bool = False) -> bool:
        """Return whether samples `first` to `last` of `target` are only `source`, by level and by correlation."""
        leniency = 2.0 if is_suspected else 1.0
        copy, original = target.read(first, last), _shifted(source, first, last, self.lag)
        if _level(copy) - _level(original) - self.gain_db > leniency * MAX_EXCESS_DB:
            return False
        return _max_correlation(copy, original) > self.correlation / (2 * leniency)


@dataclass(frozen=True, eq=False)
class Crosstalk:
    """The crosstalk of a recording: `paths[target, source]` leads from channel `source` into channel `target`."""

    channels: tuple[Waveform, ...]
    paths: dict[tuple[int, int], CrosstalkPath] = field(default_factory=dict)

    @classmethod
    def between(cls, channels: Sequence[Waveform]) -> Crosstalk:
        """Estimate the paths between channels of equal length."""
        length = min((len(channel.samples) for channel in channels), default=0)
        starts = range(0, length - BLOCK_SIZE + 1, BLOCK_SIZE)
        levels = np.array([[_level(_block(channel, start)) for start in starts] for channel in channels])
        paths = {}
        for target, source in permutations(range(len(channels)), 2):
            candidates = [starts[block] for block in _candidates(levels, target, source)]
            path = _path([(_block(channels[target], start), _block(channels[source], start)) for start in candidates])
            if path is not None:
                paths[target, source] = path
        return cls(tuple(channels), paths)

    def source_of(self, channel: int, start: float, end: float, suspects: Collection[int] = ()) -> int | None:
        """Return the channel whose crosstalk is all that `channel` has from `start` to `end` (seconds), or None.

        `suspects` are channels with the same word at nearly the same time: for them, less evidence is required.
        """
        waveform = self.channels[channel]
        first, last = _sample_range(start, end, len(waveform.samples))
        for (target, source), path in self.paths.items():
            if target == channel and path.explains(waveform, self.channels[source], first, last, source in suspects):
                return source
        return None

    def own_speech(self, channel: int, speech: Sequence[Span]) -> list[Span]:
        """Return the speech segments (start, end) of `channel` without the parts that are only crosstalk."""
        if all(target != channel for target, _ in self.paths):
            return list(speech)
        return [span for start, end in speech for span in self._own_parts(channel, start, end)]

    def _own_parts(self, channel: int, start: float, end: float) -> Iterator[Span]:
        """Judge one speech segment in steps of `STEP_S`."""
        edges = np.linspace(start, end, max(1, round((end - start) / STEP_S)) + 1)
        steps = [(float(a), float(b)) for a, b in pairwise(edges)]
        own = [self.source_of(channel, a - STEP_S, b + STEP_S) is None for a, b in steps]
        for is_own, run in groupby(zip(own, steps, strict=True), key=itemgetter(0)):
            spans = [span for _, span in run]
            if is_own and spans[-1][1] - spans[0][0] >= min(MIN_SPAN_S, end - start):
                yield spans[0][0], spans[-1][1]


def _candidates(levels: npt.NDArray[np.float64], target: int, source: int) -> npt.NDArray[np.intp]:
    """Return the blocks, by number, in which `target` may be a copy of `source`, the loudest channel there.

    `levels` has shape (channels, blocks). Of more than `MAX_BLOCKS` every second, third, ... is returned.
    """
    if not levels.size:
        return np.zeros(0, np.intp)
    loudest = (levels[source] == levels.max(axis=0)) & (levels[source] > levels[source].max() - DYNAMIC_RANGE_DB / 2)
    quieter = (levels[target] < levels[source] - MIN_ATTENUATION_DB) & (
        levels[target] > levels[target].max() - DYNAMIC_RANGE_DB
    )
    found = np.flatnonzero(loudest & quieter)
    return found[:: max(1, -(-len(found) // MAX_BLOCKS))]


def _path(pairs: Sequence[tuple[Samples, Samples]]) -> CrosstalkPath | None:
    """Return the path that blocks of two channels (target, source) have in common, if there is one."""
    lag = _common_lag(pairs) if len(pairs) >= MIN_BLOCKS else None
    if lag is None:
        return None
    copies = [_gain_and_correlation(target, source, lag) for target, source in pairs]
    correlated = [copy for copy in copies if copy[1] >= MIN_CORRELATION]
    if len(correlated) < max(MIN_BLOCKS, len(copies) / 3):
        return None
    gain_db, correlation = np.median(np.array(correlated), axis=0)
    return CrosstalkPath(float(gain_db), lag, float(correlation))


def _common_lag(pairs: Sequence[tuple[Samples, Samples]]) -> int | None:
    """Return by how many samples the targets lag behind the sources; None if no lag stands out.

    Cross-correlation with nearly equal weights for all frequencies, because speech also correlates with itself one
    pitch period later: Knapp and Carter, The Generalized Correlation Method for Estimation of Time Delay, 1976.
    """
    total = np.zeros(BLOCK_SIZE + 1, np.complex128)
    fade = np.hanning(BLOCK_SIZE)  # edges that are cut at the same place correlate
    for target, source in pairs:
        cross = np.fft.rfft(fade * target, 2 * BLOCK_SIZE) * np.conj(np.fft.rfft(fade * source, 2 * BLOCK_SIZE))
        total += cross / (np.abs(cross) + 1e-12) ** WHITENING
    max_lag = round(MAX_DELAY_S * SAMPLE_RATE)
    products = np.abs(np.fft.irfft(total))[np.arange(-max_lag, max_lag + 1)]
    best = int(np.argmax(products))
    others = np.delete(products, np.arange(max(0, best - LAG_TOLERANCE), min(len(products), best + LAG_TOLERANCE + 1)))
    return best - max_lag if products[best] > MIN_PEAK_RATIO * np.sqrt(np.mean(np.square(others))) else None


def _gain_and_correlation(target: Samples, source: Samples, lag: int) -> tuple[float, float]:
    """Return gain (dB) and correlation (0 to 1) of a block that lags by `lag` samples."""
    late, early = (target[lag:], source[: len(source) - lag]) if lag >= 0 else (target[:lag], source[-lag:])
    norm = float(np.linalg.norm(late) * np.linalg.norm(early)) + 1e-12
    return _level(late) - _level(early), abs(float(np.dot(late, early))) / norm


def _max_correlation(target: Samples, source: Samples) -> float:
    """Return the highest correlation (0 to 1) of two signals at lags within `LAG_TOLERANCE`."""
    norm = float(np.linalg.norm(target) * np.linalg.norm(source)) + 1e-12
    inner = target[LAG_TOLERANCE : len(target) - LAG_TOLERANCE]
    products = np.correlate(source, inner, mode="valid") if len(inner) else np.zeros(1)
    return float(np.abs(products).max() / norm)


def _block(waveform: Waveform, start: int) -> Samples:
    return waveform.read(start, start + BLOCK_SIZE)


def _shifted(waveform: Waveform, first: int, last: int, lag: int) -> Samples:
    """Return the samples that lie `lag` before `first` to `last`, padded with silence."""
    low, high = first - lag, last - lag
    inside = waveform.read(low, high)
    before = max(0, min(-low, last - first))
    return np.pad(inside, (before, max(0, last - first - before - len(inside))))


def _sample_range(start: float, end: float, length: int) -> tuple[int, int]:
    """Return the samples from `start` to `end`, widened to `MIN_SPAN_S`, within a signal of `length` samples."""
    margin = max(0.0, MIN_SPAN_S - (end - start)) / 2
    first = min(max(0, round((start - margin) * SAMPLE_RATE)), max(0, length - 1))
    return first, max(first + 1, min(length, round((end + margin) * SAMPLE_RATE)))


def _level(samples: npt.NDArray[np.float32]) -> float:
    """Return the RMS level in dB; digital silence is -120."""
    return float(10 * np.log10(np.mean(np.square(samples, dtype=np.float64)) + 1e-12))
