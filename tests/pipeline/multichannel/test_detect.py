"""The channels of a recording are judged to be separate speakers, or not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speakerplug.media.waveform import Samples, Waveform
from speakerplug.pipeline.multichannel.crosstalk import Span
from speakerplug.pipeline.multichannel.detect import are_same, judge
from tests.media_files import babble

SECONDS = 40
RATE = 16_000


def everything(waveform: Waveform) -> Sequence[Span]:
    return [(0.0, waveform.duration)]


def nothing(waveform: Waveform) -> Sequence[Span]:
    return []


def talk(begin: int, of: int = 2, seed: int = 0, seconds: int = SECONDS) -> Samples:
    """Return babble for four seconds in every `of` times four, beginning with turn number `begin`."""
    audio = babble(seconds, seed=seed)[0].copy()
    turn = np.arange(len(audio)) // (4 * RATE)
    return np.where(turn % of == begin, audio, 0.0001 * audio).astype(np.float32)


@settings(max_examples=10, deadline=None)
@given(st.floats(0, 0.2), st.floats(0.3, 1.0))
def test_judge_channels_that_are_loud_in_turn_are_separate_speakers(crosstalk: float, level: float) -> None:
    """This holds with and without crosstalk, at any levels."""
    first, second = talk(0, seed=1), level * talk(1, seed=2)
    verdict = judge([first + crosstalk * second, second + crosstalk * first * level], everything)
    assert verdict.separate_speakers, verdict.why


def test_judge_three_channels_with_a_speaker_each_are_separate_speakers() -> None:
    """A channel for each of three speakers is recognized as such."""
    assert judge([talk(number, 3, number) for number in range(3)], everything).separate_speakers


@pytest.mark.parametrize(
    ("channels", "why"),
    [
        ([talk(0)], "only one"),
        ([talk(0), talk(0) * 0.5], "same audio"),
        ([talk(0), np.zeros(SECONDS * RATE, np.float32)], "channel 2 is silent"),
        ([talk(0) + 0.6 * talk(1, seed=2), 0.6 * talk(0) + talk(1, seed=2)], "audio of its own"),
        ([babble(40, seed=1)[0] + babble(40, seed=k)[0] for k in (2, 3)], "audio of its own"),
        ([np.zeros(0, np.float32)] * 2, "is silent"),
        ([talk(number % 2, seed=number) for number in range(9)], "more than 8"),
    ],
)
def test_judge_other_recordings_are_not_separate_speakers(channels: list[Samples], why: str) -> None:
    """Mono, dual mono, a silent channel, one scene in stereo, no audio at all, and too many channels."""
    verdict = judge(channels, everything)
    assert not verdict.separate_speakers
    assert why in verdict.why


def test_judge_channels_without_speech_are_not_separate_speakers() -> None:
    """Two channels that alternate, but with something else, such as instruments."""
    verdict = judge([talk(0, seed=1), talk(1, seed=2)], nothing)
    assert not verdict.separate_speakers
    assert "not speech" in verdict.why


def test_judge_calls_the_speech_detector_last() -> None:
    """It is not called if the levels have already decided."""

    def fail(waveform: Waveform) -> Sequence[Span]:
        raise AssertionError("asked")

    assert not judge([talk(0), talk(0)], fail).separate_speakers


@settings(max_examples=20, deadline=None)
@given(st.floats(0.05, 3.0), st.booleans())
def test_are_same_of_a_scaled_copy_is_true(level: float, turned: bool) -> None:
    """This holds at any level and with inverted sign; other audio is not the same."""
    audio = babble(2)[0]
    assert are_same([Waveform.of(audio), Waveform.of(audio * (-level if turned else level))])
    assert not are_same([Waveform.of(audio), Waveform.of(babble(2, seed=1)[0])])
