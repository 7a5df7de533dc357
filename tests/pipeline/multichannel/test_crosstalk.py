"""What one channel hears only because another leaks into it."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speakerplug.pipeline.multichannel.crosstalk import Bleed
from tests.media_files import babble

SECONDS = 20
RATE = 16_000


@functools.lru_cache(maxsize=16)
def spoken(*spans: tuple[float, float], seed: int = 0) -> np.ndarray:
    """Babble in these stretches (start, end in seconds) and silence elsewhere."""
    sound = babble(SECONDS, seed=seed)[0].copy()
    heard = np.zeros(len(sound), bool)
    for start, end in spans:
        heard[round(start * RATE) : round(end * RATE)] = True
    return sound * heard


@functools.lru_cache(maxsize=16)
def noise(db: float, seed: int) -> np.ndarray:
    return (np.random.default_rng(seed).standard_normal(SECONDS * RATE) * 10 ** (db / 20)).astype(np.float32)


@functools.lru_cache(maxsize=1)
def call(gain: float = 0.1, lag: int = 40, *own: tuple[float, float]) -> Bleed:
    """The second speaker talks from 0 to 12 s and leaks into the first channel; the first talks in `own`."""
    first, second = spoken(*(own or ((13, 19),)), seed=1), spoken((0, 12), seed=2)
    leak = gain * np.roll(second, lag).astype(np.float32)
    return Bleed.between([first + leak + noise(-70, 3), second + noise(-70, 4)])


@settings(max_examples=15, deadline=None)
@given(st.floats(0.03, 0.4), st.integers(-300, 300))
def test_a_leak_is_found_as_it_is(gain: float, lag: int) -> None:
    """How much quieter and how much later a speaker is heard in the other channel is measured, and nothing else."""
    bleed = call(gain, lag)
    assert set(bleed.leaks) == {(0, 1)}
    assert bleed.leaks[0, 1].gain_db == pytest.approx(20 * np.log10(gain), abs=0.5)
    assert abs(bleed.leaks[0, 1].lag - lag) <= 1


@settings(max_examples=30, deadline=None)
@given(st.floats(0.1, 11.0), st.floats(0.05, 0.8), st.floats(0.05, 0.2))
def test_a_word_that_only_leaks_is_told(start: float, length: float, gain: float) -> None:
    """Wherever the second speaker talks alone, the first channel hears no more than the leak, and the second does."""
    bleed = call(gain)
    assert bleed.source_of(0, start, start + length) == 1
    assert bleed.source_of(1, start, start + length) is None


@settings(max_examples=30, deadline=None)
@given(st.floats(3.0, 6.6), st.floats(0.1, 0.3), st.booleans())
def test_a_word_at_the_same_time_survives(start: float, length: float, suspected: bool) -> None:
    """What the first speaker says while the second talks is their own, even if both say the same word."""
    bleed = call(0.1, 40, (3, 7), (13, 19))
    assert bleed.source_of(0, start, start + length, [1] if suspected else []) is None


@pytest.mark.parametrize("gain", [0.05, 0.15])
def test_a_quiet_word_at_the_same_time_survives(gain: float) -> None:
    """Somebody who speaks at a third of the other's level in their own channel is still louder than the leak."""
    first, second = spoken((3, 7), (13, 19), seed=1) / 3, spoken((0, 12), seed=2)
    bleed = Bleed.between([first + gain * second + noise(-70, 3), second + noise(-70, 4)])
    assert bleed.source_of(0, 4.0, 4.4) is None
    assert bleed.source_of(0, 8.0, 8.4) == 1


def test_suspicion_asks_for_less_evidence() -> None:
    """A copy that is somewhat louder than usual is a leak where the other channel says the same at that time."""
    first, second = spoken((13, 19), seed=1), spoken((0, 12), seed=2)
    leak = 0.1 * second
    leak[4 * RATE : 5 * RATE] *= 10 ** (6 / 20)  # it leans towards the microphone
    bleed = Bleed.between([first + leak + noise(-70, 3), second + noise(-70, 4)])
    assert bleed.source_of(0, 4.2, 4.8) is None
    assert bleed.source_of(0, 4.2, 4.8, [1]) == 1


def test_without_leaks_everything_is_ones_own() -> None:
    """Channels that do not hear each other have no leaks, and lose nothing."""
    bleed = Bleed.between([spoken((0, 10), seed=1) + noise(-60, 3), spoken((8, 18), seed=2) + noise(-60, 4)])
    assert bleed.leaks == {}
    assert bleed.source_of(0, 2.0, 2.5) is None
    assert bleed.own(0, [(0.0, 10.0)]) == [(0.0, 10.0)]


def test_both_ways_and_among_three() -> None:
    """Everybody can leak into everybody; each leak has its own gain and lag."""
    voices = [spoken((6 * k, 6 * k + 6), seed=k) for k in range(3)]
    gains = {(h, s): 0.05 * (1 + h + s) for h in range(3) for s in range(3) if h != s}
    lags = {pair: 20 * (1 + pair[0]) for pair in gains}
    channels = [
        voices[h] + noise(-75, h) + sum(gains[h, s] * np.roll(voices[s], lags[h, s]) for s in range(3) if s != h)
        for h in range(3)
    ]
    bleed = Bleed.between([channel.astype(np.float32) for channel in channels])
    assert bleed.leaks.keys() == gains.keys()
    for pair, leak in bleed.leaks.items():
        assert leak.gain_db == pytest.approx(20 * np.log10(gains[pair]), abs=1.0)
        assert leak.lag == lags[pair]
    assert [bleed.source_of(0, t, t + 0.5) for t in (2.0, 8.0, 14.0)] == [None, 1, 2]


def test_own_speech_is_cut_out_of_what_is_heard() -> None:
    """Of a stretch of speech in which both are heard, one's own is left, to a fifth of a second."""
    bleed = call(0.1, 40, (3, 7), (13, 19))
    (first, second) = bleed.own(0, [(0.0, 12.0), (13.0, 19.0)])
    assert first == pytest.approx((3.0, 7.0), abs=0.25)
    assert second == (13.0, 19.0)
    assert bleed.own(1, [(0.0, 12.0)]) == [(0.0, 12.0)]


@given(st.integers(0, 4), st.integers(0, 3000), st.floats(0, 0.5), st.floats(0, 0.5))
@settings(max_examples=30, deadline=None)
def test_the_shortest_recordings_are_no_trouble(count: int, length: int, start: float, end: float) -> None:
    """However few the channels and samples, there is an answer."""
    channels = [np.ones(max(1, length), np.float32) for _ in range(count)]
    bleed = Bleed.between(channels)
    assert bleed.leaks == {}
    for channel in range(count):
        assert bleed.source_of(channel, start, start + end) is None
