"""Speech segments are packed into windows of Whisper's size."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from speakerplug.media.vad import MAX_SEGMENT_S
from speakerplug.recognizers.windows import LONGEST, PAD, PAUSE, windows

SEGMENTS = st.lists(st.tuples(st.integers(1, 80), st.integers(1, 232)), max_size=12)
"""Pause and speech segment, in eighths of a second; none is longer than fits into a window."""


def speech_of(segments: list[tuple[int, int]]) -> tuple[list[tuple[float, float]], float]:
    """Return the speech segments and the duration of the recording."""
    speech, at = [], 0.0
    for pause, length in segments:
        start = at + pause / 8
        at = start + length / 8
        speech.append((start, at))
    return speech, at + 1.0


@given(SEGMENTS)
def test_windows_of_any_speech_cover_each_segment_once(segments: list[tuple[int, int]]) -> None:
    """Each segment lies in one window; windows are sorted, disjoint, inside the recording, and at most 30 s long."""
    speech, duration = speech_of(segments)
    found = windows(speech, duration)
    for start, end in speech:
        assert sum(first <= start and end <= last for first, last in found) == 1
    assert all(0 <= start < end <= duration and end - start <= LONGEST + 1e-9 for start, end in found)
    assert all(one[1] <= two[0] + 1e-9 for one, two in pairwise(found))


@given(SEGMENTS)
def test_windows_of_any_speech_could_not_be_merged(segments: list[tuple[int, int]]) -> None:
    """A window ends where the next segment does not fit, or after a long pause."""
    found = windows(*speech_of(segments))
    spoken = speech_of(segments)[0]
    for one, two in pairwise(found):
        first = next(end for start, end in spoken if start >= two[0])
        assert first - one[0] > LONGEST - 2 * PAD or two[0] - one[1] >= PAUSE


def test_windows_include_a_little_silence_around_speech() -> None:
    """They include no more than the recording has."""
    assert windows([(0.2, 5.0), (9.0, 10.0)], 10.1) == [(0.0, 5.0 + PAD), (9.0 - PAD, 10.1)]


def test_windows_of_speech_without_a_pause_are_cut_at_30_s() -> None:
    """A detector that returns a minute at once does not make Whisper skip half of it."""
    assert windows([(0.0, 65.0)], 65.0) == [(0.0, 30.0), (30.0, 60.0), (60.0, 65.0)]


def test_windows_have_room_for_the_longest_speech_segment() -> None:
    """A segment that voice activity detection did not cut is not cut for its padding either."""
    assert MAX_SEGMENT_S + 2 * PAD <= LONGEST
