"""The local speakers of overlapping windows are linked to segments, and no vote of a window is lost."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from speakerplug.diarizers.single_pass import FrameGrid, Masks, segments
from speakerplug.diarizers.single_pass.segments import (
    SHORTEST_FRAMES,
    Segment,
    SegmentLinker,
    coverage,
    cut_at_pauses,
)

GRID = FrameGrid(2.0, 0.5, 100, 0.02, 0.04)
"""Windows of 100 frames, 25 frames apart."""
WINDOWS = st.lists(
    st.tuples(st.integers(0, 2), st.lists(st.tuples(st.integers(0, 99), st.integers(1, 60)), max_size=4)), max_size=12
)
"""For each window a rotation of its local speakers, and runs (start, length) of these in turn."""


def masks_of(drawn: Iterable[tuple[int, list[tuple[int, int]]]]) -> list[Masks]:
    """Return the mask of each window."""
    masks = []
    for rotation, runs in drawn:
        mask = np.zeros((100, 3), np.uint8)
        for number, (start, length) in enumerate(runs):
            mask[start : start + length, (number + rotation) % 3] = 1
        masks.append(mask)
    return masks


def linked(masks: Iterable[Masks], grid: FrameGrid = GRID) -> list[Segment]:
    """Return the segments of all windows."""
    linker = SegmentLinker(grid)
    found = [segment for mask in masks for segment in linker.add(mask)]
    return found + linker.finish()


def windows_over(*tracks: tuple[int, int], count: int) -> list[Masks]:
    """Return `count` windows of a recording with a speaker in each track (first frame, last frame), one column each."""
    whole = np.zeros((25 * count + 100, len(tracks)), np.uint8)
    for column, (first, last) in enumerate(tracks):
        whole[first:last, column] = 1
    rng = np.random.default_rng(0)
    return [whole[25 * i : 25 * i + 100][:, rng.permutation(len(tracks))] for i in range(count)]


def votes_of(found: Iterable[Segment], frames: int) -> NDArray[np.intp]:
    """Return the votes of all segments together, by frame."""
    votes = np.zeros(frames, dtype=np.intp)
    for segment in found:
        votes[segment.first : segment.end] += segment.votes
    return votes


@given(WINDOWS)
def test_add_and_finish_keep_every_vote_of_every_window(drawn: list[tuple[int, list[tuple[int, int]]]]) -> None:
    """The votes of all segments are the activity of all windows, frame by frame; none is empty at its ends."""
    masks = masks_of(drawn)
    frames = 25 * len(masks) + 100
    given_votes = np.zeros(frames, dtype=np.intp)
    for number, mask in enumerate(masks):
        given_votes[25 * number : 25 * number + 100] += mask.sum(axis=1, dtype=np.intp)
    found = linked(masks)
    np.testing.assert_array_equal(votes_of(found, frames), given_votes)
    assert all(segment.votes[0] and segment.votes[-1] for segment in found)


@given(WINDOWS)
def test_add_returns_only_what_no_later_window_changes(drawn: list[tuple[int, list[tuple[int, int]]]]) -> None:
    """What was returned keeps its votes, and `oldest` is not after what is returned later."""
    linker, before = SegmentLinker(GRID), []
    oldest = 0
    for number, mask in enumerate(masks_of(drawn)):
        complete = linker.add(mask)
        assert all(segment.first >= oldest for segment in complete)
        before += [(segment, segment.votes.copy()) for segment in complete]
        oldest = linker.oldest(25 * (number + 1))
    assert all(segment.first >= oldest for segment in linker.finish())
    assert all(np.array_equal(segment.votes, votes) for segment, votes in before)


def test_oldest_is_never_after_the_next_window() -> None:
    """Even if a segment that may change begins later: a window may find speech that all before it missed."""
    linker = SegmentLinker(GRID)
    linker.add(windows_over((60, 100), count=1)[0])
    assert linker.oldest(25) == 25


def test_one_speaker_through_many_windows_is_one_segment() -> None:
    """With the votes of all windows that cover each frame."""
    (segment,) = linked(windows_over((40, 400), count=20))
    assert (segment.first, segment.end) == (40, 400)
    np.testing.assert_array_equal(segment.votes, coverage(GRID, 40, 360, 20))


def test_two_speakers_in_turn_are_two_segments() -> None:
    """Whatever numbers the windows give them, and with a pause or without."""
    for begins in (200, 220):
        found = linked(windows_over((20, 200), (begins, 420), count=17))
        assert [(each.first, each.end) for each in found] == [(20, 200), (begins, 420)]


def test_two_speakers_at_once_are_two_segments() -> None:
    """Each has its own frames, although they talk at the same time for less than a step."""
    found = linked(windows_over((20, 300), (285, 420), count=17))
    assert sorted((each.first, each.end) for each in found) == [(20, 300), (285, 420)]


def test_one_speaker_who_pauses_is_two_segments() -> None:
    """Both are long enough for an embedding each."""
    masks = [mask.max(axis=1, keepdims=True) for mask in windows_over((20, 200), (210, 420), count=17)]
    assert [(each.first, each.end) for each in linked(masks)] == [(20, 200), (210, 420)]


def test_short_fragment_joins_its_neighbor() -> None:
    """A word after a pause is too short for an embedding; of the same local speaker, it belongs to the same segment."""
    assert SHORTEST_FRAMES > 25
    masks = [mask.max(axis=1, keepdims=True) for mask in windows_over((20, 200), (210, 235), count=17)]
    (segment,) = linked(masks)
    assert (segment.first, segment.end) == (20, 235)
    assert not segment.votes[180:190].any()


def test_short_fragment_without_a_neighbor_stays_alone() -> None:
    """Another local speaker is no neighbor."""
    found = linked(windows_over((20, 200), (210, 240), count=17))
    assert sorted((each.first, each.end) for each in found) == [(20, 200), (210, 240)]


def test_segment_of_somebody_who_never_pauses_has_a_maximum_length() -> None:
    """However long it goes on, what the linker holds is bounded; no vote is lost."""
    linker, count = SegmentLinker(GRID), 2 * segments.LONGEST_FRAMES // 25
    found, held = [], []
    for number in range(count):
        found += linker.add(np.ones((100, 1), np.uint8))
        held.append(25 * number - linker.oldest(25 * (number + 1)))
    found += linker.finish()
    assert max(held) <= segments.LONGEST_FRAMES + 300
    assert max(len(each.votes) for each in found) <= segments.LONGEST_FRAMES + 100
    np.testing.assert_array_equal(votes_of(found, 25 * count + 75), coverage(GRID, 0, 25 * count + 75, count))


@given(st.sampled_from([0.1, 0.3, 0.5, 0.77, 2.0]), st.integers(0, 1000), st.integers(1, 300), st.integers(0, 60))
def test_coverage_equals_counting_windows(step_s: float, first: int, count: int, windows: int) -> None:
    """For every frame, the windows among the first ones that contain it."""
    grid = FrameGrid(2.0, step_s, 100, 0.02, 0.04)
    offsets = [grid.offset(window) for window in range(windows)]
    brute = [sum(offset <= frame < offset + 100 for offset in offsets) for frame in range(first, first + count)]
    np.testing.assert_array_equal(coverage(grid, first, count, windows), brute)


@given(st.sets(st.integers(0, 300)), st.integers(0, 10), st.integers(0, 50))
def test_cut_at_pauses_keeps_every_frame_once(frames: set[int], pause: int, shortest: int) -> None:
    """In order; parts are apart by a pause, and as long as asked, unless there is only one."""
    active = np.array(sorted(frames), dtype=np.intp)
    parts = cut_at_pauses(active, pause, shortest)
    assert [frame for part in parts for frame in part.tolist()] == active.tolist()
    assert all(after[0] - before[-1] > pause for before, after in itertools.pairwise(parts))
    assert len(parts) < 2 or min(map(len, parts)) >= shortest
