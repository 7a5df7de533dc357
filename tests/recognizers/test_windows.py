"""Speech segments are packed into windows of Whisper's size."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from speakerplug.media.vad import MAX_SEGMENT_S
from speakerplug.recognizers.windows import LONGEST, PAD, PAUSE, packed, windows

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
    """Each segment lies in one span; spans are sorted, disjoint and inside the recording, and windows at most 30 s."""
    speech, duration = speech_of(segments)
    found = windows(speech, duration)
    spans = [span for window in found for span in window]
    for start, end in speech:
        assert sum(first <= start and end <= last for first, last in spans) == 1
    assert all(0 <= start < end <= duration for start, end in spans)
    assert all(sum(end - start for start, end in window) <= LONGEST + 1e-9 for window in found)
    assert all(one[1] <= two[0] + 1e-9 for one, two in pairwise(spans))


@given(SEGMENTS)
def test_windows_of_any_speech_are_as_full_as_they_get(segments: list[tuple[int, int]]) -> None:
    """A window ends where the next segment does not fit, and leaves out long pauses only."""
    spoken, duration = speech_of(segments)
    found = windows(spoken, duration)
    for one, two in pairwise(found):
        first = next(end for start, end in spoken if start >= two[0][0])
        pause = two[0][0] - one[-1][1]
        more = first + PAD - two[0][0] + (pause if pause < PAUSE else 0.0)
        assert sum(end - start for start, end in one) + more > LONGEST - 1e-9
    for window in found:
        assert all(two[0] - one[1] >= PAUSE for one, two in pairwise(window))


def test_windows_include_a_little_silence_around_speech() -> None:
    """They include no more than the recording has, and leave out a long pause."""
    assert windows([(0.2, 5.0), (9.0, 10.0)], 10.1) == [((0.0, 5.0 + PAD), (9.0 - PAD, 10.1))]


def test_windows_of_speech_without_a_pause_are_cut_at_30_s() -> None:
    """A detector that returns a minute at once does not make Whisper skip half of it."""
    assert windows([(0.0, 65.0)], 65.0) == [((0.0, 30.0),), ((30.0, 60.0),), ((60.0, 65.0),)]


def test_packed_passages_that_overlap_are_one() -> None:
    """The margins of two passages that are near are recognized once."""
    assert packed([(1.0, 3.0), (2.5, 4.0), (9.0, 10.0)], 0.0) == [((1.0, 4.0), (9.0, 10.0))]


def test_windows_have_room_for_the_longest_speech_segment() -> None:
    """A segment that voice activity detection did not cut is not cut for its padding either."""
    assert MAX_SEGMENT_S + 2 * PAD <= LONGEST
