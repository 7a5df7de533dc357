"""Speech is heard in windows that Whisper can hold."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from speakerplug.recognizers.windows import LONGEST, PAD, PAUSE, windows

STRETCHES = st.lists(st.tuples(st.integers(1, 80), st.integers(1, 232)), max_size=12)
"""A pause and a stretch of speech, in eighths of a second; none longer than a window has room for."""


def speech_of(stretches: list[tuple[int, int]]) -> tuple[list[tuple[float, float]], float]:
    """The speech, and how long the recording is."""
    speech, at = [], 0.0
    for pause, length in stretches:
        start = at + pause / 8
        at = start + length / 8
        speech.append((start, at))
    return speech, at + 1.0


@given(STRETCHES)
def test_all_speech_is_heard_once_and_windows_are_not_too_long(stretches: list[tuple[int, int]]) -> None:
    """Every stretch lies in one window; windows are in order, apart, inside the recording, and 30 s at most."""
    speech, duration = speech_of(stretches)
    found = windows(speech, duration)
    for start, end in speech:
        assert sum(first <= start and end <= last for first, last in found) == 1
    assert all(0 <= start < end <= duration and end - start <= LONGEST + 1e-9 for start, end in found)
    assert all(one[1] <= two[0] + 1e-9 for one, two in pairwise(found))


@given(STRETCHES)
def test_no_two_neighbors_could_have_been_one(stretches: list[tuple[int, int]]) -> None:
    """A window ends where the next stretch does not fit, or after a long pause."""
    found = windows(*speech_of(stretches))
    spoken = speech_of(stretches)[0]
    for one, two in pairwise(found):
        first = next(end for start, end in spoken if start >= two[0])
        assert first - one[0] > LONGEST - 2 * PAD or two[0] - one[1] >= PAUSE


def test_a_little_silence_is_heard_around_speech() -> None:
    """No more than there is."""
    assert windows([(0.2, 5.0), (9.0, 10.0)], 10.1) == [(0.0, 5.0 + PAD), (9.0 - PAD, 10.1)]


def test_speech_without_a_pause_is_cut() -> None:
    """A detector that gives a minute at once does not make Whisper leave half of it out."""
    assert windows([(0.0, 65.0)], 65.0) == [(0.0, 30.0), (30.0, 60.0), (60.0, 65.0)]
