"""Whether the channels of a recording are different people."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speakerplug.pipeline.multichannel.detect import Span, are_same, judge
from speakerplug.waveform import Samples
from tests.media_files import babble

SECONDS = 40
RATE = 16_000


def everything(samples: Samples) -> Sequence[Span]:
    return [(0.0, len(samples) / RATE)]


def nothing(samples: Samples) -> Sequence[Span]:
    return []


def talk(begin: int, of: int = 2, seed: int = 0, seconds: int = SECONDS) -> Samples:
    """Babble for four seconds in every `of` times four, beginning with turn number `begin`."""
    sound = babble(seconds, seed=seed)[0].copy()
    turn = np.arange(len(sound)) // (4 * RATE)
    return np.where(turn % of == begin, sound, 0.0001 * sound).astype(np.float32)


@settings(max_examples=10, deadline=None)
@given(st.floats(0, 0.2), st.floats(0.3, 1.0))
def test_people_who_take_turns_are_different_people(bleed: float, level: float) -> None:
    """Two channels that are loud in turn, with or without bleed, are two people, at whatever levels."""
    first, second = talk(0, seed=1), level * talk(1, seed=2)
    verdict = judge([first + bleed * second, second + bleed * first * level], everything)
    assert verdict.different_people, verdict.why


def test_three_people_are_three() -> None:
    """A channel for each of three speakers is seen as that."""
    assert judge([talk(number, 3, number) for number in range(3)], everything).different_people


@pytest.mark.parametrize(
    ("channels", "why"),
    [
        ([talk(0)], "but one"),
        ([talk(0), talk(0) * 0.5], "same sound"),
        ([talk(0), np.zeros(SECONDS * RATE, np.float32)], "nothing in channel 2"),
        ([talk(0) + 0.6 * talk(1, seed=2), 0.6 * talk(0) + talk(1, seed=2)], "sound of its own"),
        ([babble(40, seed=1)[0] + babble(40, seed=k)[0] for k in (2, 3)], "sound of its own"),
        ([np.zeros(0, np.float32)] * 2, "nothing in channel"),
        ([talk(number % 2, seed=number) for number in range(9)], "more than 8"),
    ],
)
def test_other_recordings_are_not(channels: list[Samples], why: str) -> None:
    """Mono, dual mono, a silent channel, one scene in stereo, no sound at all, and microphones by the dozen."""
    verdict = judge(channels, everything)
    assert not verdict.different_people
    assert why in verdict.why


def test_sound_that_is_no_speech_is_nobody() -> None:
    """Two channels that take turns at something else, such as instruments, are not people."""
    verdict = judge([talk(0, seed=1), talk(1, seed=2)], nothing)
    assert not verdict.different_people
    assert "not speech" in verdict.why


def test_speech_is_asked_for_last() -> None:
    """Whoever finds speech is not bothered where the levels have decided."""

    def fail(samples: Samples) -> Sequence[Span]:
        raise AssertionError("asked")

    assert not judge([talk(0), talk(0)], fail).different_people


@settings(max_examples=20, deadline=None)
@given(st.floats(0.05, 3.0), st.booleans())
def test_one_sound_twice_is_one_sound(level: float, turned: bool) -> None:
    """At whatever level, and with the sign turned, a copy is the same sound; another sound is not."""
    sound = babble(2)[0]
    assert are_same([sound, sound * (-level if turned else level)])
    assert not are_same([sound, babble(2, seed=1)[0]])
