"""Channels that cancel each other when they are mixed, as when a plug of one is wired the wrong way round.

The mix of channels that are not in phase loses what they share, which may be all speech. Of the signs that could be
given to the channels, this finds those with which their shared part adds up, and takes them only where that brings
speech back: music that is wide is out of phase, too, and mixing makes the voice before it clearer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby

import numpy as np
import numpy.typing as npt

from .vad import Span, speech_seconds
from .waveform import SAMPLE_RATE, SampleBuffer, Samples, Stored, Waveform

BLOCK = SAMPLE_RATE // 4
"""Samples that are judged together."""
LOSS = 0.5
"""A mix cancels if it has less than this share of the power that its loudest channel alone gives it.

In stereo that is 6 dB below the channel, for FFmpeg gives each a weight of 0.71.
"""
SILENT_POWER = 1e-9
PAUSE = 1e-3
"""Share of the power of the loud blocks below which a block is a pause."""
MIN_CANCELLED_S = 0.5
MERGED_S = 2.0
"""Cancelled parts that are closer together are judged as one."""
MARGIN_S = 1.0
"""Audio before and after a part from which the voice activity detector settles."""
ENOUGH_SPEECH_S = 20.0
MIN_SPEECH_S = 0.2
LOST = 0.5
"""A mix with at most this share of the speech has lost it."""
SAME = 0.8
"""Coherence from which the mix is what is left of the speech, rather than something else."""
COHERENT_S = 4.0
"""Seconds over which one coherence is measured: who is louder may change after that."""
RAMP = SAMPLE_RATE // 100

Matrix = npt.NDArray[np.float64]


@dataclass(eq=False)
class PhaseCheck:
    """Measures, while channels are mixed, for how many seconds their mix cancels. `weights` are those of the mix."""

    weights: Samples
    cancelled_s: float = field(default=0.0, init=False)

    def see(self, channels: Samples) -> None:
        """Take the next samples, shape (channels, n)."""
        for first in range(0, channels.shape[1], BLOCK):
            gram = _gram(channels[:, first : first + BLOCK], self.weights)
            if _cancels(gram) and gram.diagonal().max() > SILENT_POWER * (self.weights.max() ** 2):
                self.cancelled_s += min(BLOCK, channels.shape[1] - first) / SAMPLE_RATE

    @property
    def is_suspicious(self) -> bool:
        """Whether the mix cancels for long enough to lose speech."""
        return self.cancelled_s >= MIN_CANCELLED_S


@dataclass(frozen=True, slots=True)
class InPhase:
    """The mix of channels in phase, which of them (from 1) are inverted in it, and in which spans."""

    mix: Stored
    inverted: tuple[int, ...]
    spans: tuple[Span, ...]

    def explained(self, name: str, at: float = 0.0) -> str:
        """Return a sentence about a recording of this name, of which the mix starts `at` these seconds."""
        seconds = len(self.mix) / SAMPLE_RATE
        (start, _), (_, end) = self.spans[0], self.spans[-1]
        whole = len(self.spans) == 1 and start <= 0 and end >= seconds
        where = "" if whole else f" between {at + start:.1f} and {at + end:.1f} s"
        channels = " and ".join(map(str, self.inverted))
        which = f"channel {channels} was" if len(self.inverted) == 1 else f"channels {channels} were"
        return f"The channels of {name} are out of phase{where}, and their mix would lose the speech: {which} inverted."


@lru_cache
def mix_weights(layout: str) -> Samples:
    """Return the weight that FFmpeg gives each channel of a layout in its mix to mono, shape (channels,)."""
    import av

    count = av.AudioLayout(layout).nb_channels
    frame = av.AudioFrame.from_ndarray(np.eye(count, dtype=np.float32).reshape(1, -1), format="flt", layout=layout)
    frame.sample_rate = SAMPLE_RATE
    resampler = av.AudioResampler("flt", "mono", SAMPLE_RATE)
    parts = [each.to_ndarray()[0] for given in (frame, None) for each in resampler.resample(given)]
    weights: Samples = np.concatenate(parts)[:count]
    return weights


def in_phase(channels: Sequence[Waveform], weights: Samples) -> InPhase | None:
    """Return the mix of channels of one length with their shared speech in phase; None where that is the plain mix."""
    grams = np.array([_gram(block, weights) for block in _blocks(channels)])
    powers = grams.diagonal(axis1=1, axis2=2).max(axis=1)
    loud = powers > max(SILENT_POWER * float(weights.max()) ** 2, PAUSE * float(np.quantile(powers, 0.95)))
    lost = _held(np.array([_cancels(gram) for gram in grams]) & loud, loud)
    signs = np.ones((len(grams), len(channels)), np.float32)
    spans = []
    for first, last in _parts(lost):
        inside = first + np.flatnonzero(lost[first:last])
        better = _better(grams[inside].sum(axis=0))
        if _restores(channels, weights, better, first, last):
            signs[inside] = better
            spans.append((first * BLOCK / SAMPLE_RATE, min(last * BLOCK / SAMPLE_RATE, channels[0].duration)))
    if not spans:
        return None
    inverted = tuple(int(number) + 1 for number in np.flatnonzero((signs < 0).any(axis=0)))
    return InPhase(_mix(channels, weights, signs), inverted, tuple(spans))


def _gram(block: Samples, weights: Samples) -> Matrix:
    """Return the powers of weighted channels, and their products, shape (channels, channels)."""
    weighted = block * weights[:, None]
    products: Matrix = (weighted @ weighted.T).astype(np.float64) / max(1, block.shape[1])
    return products


def _cancels(gram: Matrix) -> bool:
    return bool(gram.sum() < LOSS * gram.diagonal().max())


def _blocks(channels: Sequence[Waveform]) -> Iterator[Samples]:
    blocks = zip(*(channel.blocks(BLOCK / SAMPLE_RATE) for channel in channels), strict=True)
    yield from map(np.stack, blocks)


def _held(lost: npt.NDArray[np.bool_], loud: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return `lost`, with the value of the loud block before in every pause, and of the first in those before it."""
    if not loud.any():
        return lost
    last = np.maximum.accumulate(np.where(loud, np.arange(len(loud)), -1))
    held: npt.NDArray[np.bool_] = lost[np.where(last < 0, np.argmax(loud), last)]
    return held


def _parts(lost: npt.NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Yield the first and last (exclusive) block of each part that is lost, joined over short interruptions."""
    parts: list[tuple[int, int]] = []
    for is_lost, group in groupby(enumerate(lost.tolist()), key=lambda pair: pair[1]):
        numbers = [number for number, _ in group]
        if not is_lost:
            continue
        if parts and (numbers[0] - parts[-1][1]) * BLOCK <= MERGED_S * SAMPLE_RATE:
            parts[-1] = (parts[-1][0], numbers[-1] + 1)
        else:
            parts.append((numbers[0], numbers[-1] + 1))
    yield from parts


def _better(gram: Matrix) -> Samples:
    """Return signs with which no channel, the loudest first, takes power from the sum of those before it."""
    signs = np.zeros(len(gram))
    for channel in np.argsort(-gram.diagonal(), kind="stable"):
        signs[channel] = -1.0 if signs @ gram[:, channel] < 0 else 1.0
    # As few channels as possible are inverted; of a pair, the second.
    negative, positive = (signs < 0).sum(), (signs > 0).sum()
    if negative > positive or (negative == positive and signs[0] < 0):
        signs = -signs
    better: Samples = signs.astype(np.float32)
    return better


def _restores(channels: Sequence[Waveform], weights: Samples, signs: Samples, first: int, last: int) -> bool:
    """Return whether a part (in blocks) has speech with these signs that it has not, or hardly, without."""
    start, end = first * BLOCK / SAMPLE_RATE, last * BLOCK / SAMPLE_RATE
    speech, plain, same, power = 0.0, 0.0, 0.0, 0.0
    at = start
    while at < end and speech < ENOUGH_SPEECH_S:
        until = min(at + 30.0, end)
        block = np.stack([channel.span(at - MARGIN_S, until + MARGIN_S) for channel in channels])
        margin = at - max(0.0, at - MARGIN_S)
        within = (margin, margin + until - at)
        with_signs, without = _sum(weights * signs, block), _sum(weights, block)
        speech += speech_seconds(with_signs, within)
        plain += speech_seconds(without, within)
        for one, other in zip(_cut(without), _cut(with_signs), strict=True):
            power += float(one @ one)
            same += float(one @ one) * _coherence(one, other)
        at = until
    if speech < MIN_SPEECH_S:
        return False
    return plain <= LOST * speech or same > SAME * power


def _cut(samples: Samples) -> Sequence[Samples]:
    return np.array_split(samples, max(1, round(len(samples) / COHERENT_S / SAMPLE_RATE)))


def _coherence(one: Samples, other: Samples) -> float:
    """Return how much of the first, 0 to 1, is the second filtered, such as an echo of it: magnitude-squared coherence.

    Averaged over frequencies by the power of the first (Carter, Coherence and time delay estimation, 1987).
    """
    from scipy.signal import coherence, welch

    window = min(512, len(one))
    weights = welch(one, nperseg=window)[1]
    if not weights.sum() or not other.any():
        return 0.0
    return float(np.nan_to_num(coherence(one, other, nperseg=window)[1]) @ weights / weights.sum())


def _sum(gains: Samples, block: Samples) -> Samples:
    """Return the sum of channels, shape (channels, n), with these gains."""
    mixed: Samples = gains @ block
    return mixed


def _mix(channels: Sequence[Waveform], weights: Samples, signs: Samples) -> Stored:
    """Return the mix with the signs of each block; a change takes ten milliseconds."""
    buffer = SampleBuffer(channels[0].duration)
    ramp = np.linspace(0.0, 1.0, RAMP, dtype=np.float32)
    for number, block in enumerate(_blocks(channels)):
        gains, before = weights * signs[number], weights * signs[max(0, number - 1)]
        mixed = _sum(gains, block)
        if (gains != before).any():
            fade = ramp[: block.shape[1]]
            mixed[: len(fade)] = fade * mixed[: len(fade)] + (1 - fade) * _sum(before, block[:, : len(fade)])
        buffer.write(buffer.length, mixed)
    return buffer.finish()
