"""Crosstalk between channels is measured, and distinguished from own speech."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speakerplug.media.waveform import Waveform
from speakerplug.pipeline.multichannel.crosstalk import Crosstalk
from tests.media_files import babble

SECONDS = 20
RATE = 16_000


@functools.lru_cache(maxsize=16)
def spoken(*spans: tuple[float, float], seed: int = 0) -> np.ndarray:
    """Return babble in these spans (start, end in seconds) and silence elsewhere."""
    audio = babble(SECONDS, seed=seed)[0].copy()
    active = np.zeros(len(audio), bool)
    for start, end in spans:
        active[round(start * RATE) : round(end * RATE)] = True
    return audio * active


@functools.lru_cache(maxsize=16)
def noise(db: float, seed: int) -> np.ndarray:
    return (np.random.default_rng(seed).standard_normal(SECONDS * RATE) * 10 ** (db / 20)).astype(np.float32)


def between(channels: Sequence[np.ndarray]) -> Crosstalk:
    """Return the crosstalk of these channels."""
    return Crosstalk.between([Waveform.of(channel) for channel in channels])


@functools.lru_cache(maxsize=1)
def call(gain: float = 0.1, lag: int = 40, *own: tuple[float, float]) -> Crosstalk:
    """Return the crosstalk of a call: the second speaker talks from 0 to 12 s, the first, with crosstalk, in `own`."""
    first, second = spoken(*(own or ((13, 19),)), seed=1), spoken((0, 12), seed=2)
    leak = gain * np.roll(second, lag).astype(np.float32)
    return between([first + leak + noise(-70, 3), second + noise(-70, 4)])


@settings(max_examples=15, deadline=None)
@given(st.floats(0.03, 0.4), st.integers(-300, 300))
def test_crosstalk_between_channels_has_the_true_gain_and_lag(gain: float, lag: int) -> None:
    """The path from the second channel into the first is the only one."""
    crosstalk = call(gain, lag)
    assert set(crosstalk.paths) == {(0, 1)}
    assert crosstalk.paths[0, 1].gain_db == pytest.approx(20 * np.log10(gain), abs=0.5)
    assert abs(crosstalk.paths[0, 1].lag - lag) <= 1


@settings(max_examples=30, deadline=None)
@given(st.floats(0.1, 11.0), st.floats(0.05, 0.8), st.floats(0.05, 0.2))
def test_source_of_a_word_of_the_other_speaker_is_their_channel(start: float, length: float, gain: float) -> None:
    """Wherever the second speaker talks alone, the first channel has only crosstalk, and the second does not."""
    crosstalk = call(gain)
    assert crosstalk.source_of(0, start, start + length) == 1
    assert crosstalk.source_of(1, start, start + length) is None


@settings(max_examples=30, deadline=None)
@given(st.floats(3.0, 6.6), st.floats(0.1, 0.3), st.booleans())
def test_source_of_an_overlapping_word_is_none(start: float, length: float, suspected: bool) -> None:
    """Words of the first speaker while the second talks are their own, even if both say the same word."""
    crosstalk = call(0.1, 40, (3, 7), (13, 19))
    assert crosstalk.source_of(0, start, start + length, [1] if suspected else []) is None


@pytest.mark.parametrize("gain", [0.05, 0.15])
def test_source_of_a_quiet_overlapping_word_is_none(gain: float) -> None:
    """A speaker at a third of the level of the other is still louder than the crosstalk in their own channel."""
    first, second = spoken((3, 7), (13, 19), seed=1) / 3, spoken((0, 12), seed=2)
    crosstalk = between([first + gain * second + noise(-70, 3), second + noise(-70, 4)])
    assert crosstalk.source_of(0, 4.0, 4.4) is None
    assert crosstalk.source_of(0, 8.0, 8.4) == 1


def test_source_of_a_suspected_word_requires_less_evidence() -> None:
    """A copy that is somewhat louder than usual is crosstalk if the other channel has the same word at that time."""
    first, second = spoken((13, 19), seed=1), spoken((0, 12), seed=2)
    leak = 0.1 * second
    leak[4 * RATE : 5 * RATE] *= 10 ** (6 / 20)  # the speaker leans towards the microphone
    crosstalk = between([first + leak + noise(-70, 3), second + noise(-70, 4)])
    assert crosstalk.source_of(0, 4.2, 4.8) is None
    assert crosstalk.source_of(0, 4.2, 4.8, [1]) == 1


def test_crosstalk_between_isolated_channels_is_none() -> None:
    """Channels without crosstalk have no paths, and keep all their speech."""
    crosstalk = between([spoken((0, 10), seed=1) + noise(-60, 3), spoken((8, 18), seed=2) + noise(-60, 4)])
    assert crosstalk.paths == {}
    assert crosstalk.source_of(0, 2.0, 2.5) is None
    assert crosstalk.own_speech(0, [(0.0, 10.0)]) == [(0.0, 10.0)]


def test_crosstalk_between_three_channels_has_a_path_for_each_pair() -> None:
    """Each path has its own gain and lag."""
    voices = [spoken((6 * k, 6 * k + 6), seed=k) for k in range(3)]
    gains = {(h, s): 0.05 * (1 + h + s) for h in range(3) for s in range(3) if h != s}
    lags = {pair: 20 * (1 + pair[0]) for pair in gains}
    channels = [
        voices[h] + noise(-75, h) + sum(gains[h, s] * np.roll(voices[s], lags[h, s]) for s in range(3) if s != h)
        for h in range(3)
    ]
    crosstalk = between([channel.astype(np.float32) for channel in channels])
    assert crosstalk.paths.keys() == gains.keys()
    for pair, path in crosstalk.paths.items():
        assert path.gain_db == pytest.approx(20 * np.log10(gains[pair]), abs=1.0)
        assert path.lag == lags[pair]
    assert [crosstalk.source_of(0, t, t + 0.5) for t in (2.0, 8.0, 14.0)] == [None, 1, 2]


def test_own_speech_of_an_overlapped_segment_is_the_own_part() -> None:
    """Of a speech segment with both speakers, the own part is kept, to a fifth of a second."""
    crosstalk = call(0.1, 40, (3, 7), (13, 19))
    (first, second) = crosstalk.own_speech(0, [(0.0, 12.0), (13.0, 19.0)])
    assert first == pytest.approx((3.0, 7.0), abs=0.25)
    assert second == (13.0, 19.0)
    assert crosstalk.own_speech(1, [(0.0, 12.0)]) == [(0.0, 12.0)]


@given(st.integers(0, 4), st.integers(0, 3000), st.floats(0, 0.5), st.floats(0, 0.5))
@settings(max_examples=30, deadline=None)
def test_crosstalk_of_any_short_recording_is_none(count: int, length: int, start: float, end: float) -> None:
    """This holds for any number of channels and samples."""
    channels = [np.ones(max(1, length), np.float32) for _ in range(count)]
    crosstalk = between(channels)
    assert crosstalk.paths == {}
    for channel in range(count):
        assert crosstalk.source_of(channel, start, start + end) is None
