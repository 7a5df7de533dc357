"""Cutting tracks at pauses loses nothing, and a segment is represented by a complete one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from speakerplug_bundled.subsegments import Frames, Masks, cut_at, cut_at_pauses, representatives

segmentations = arrays(
    np.float32, array_shapes(min_dims=3, max_dims=3, min_side=1, max_side=40), elements=st.sampled_from([0.0, 1.0])
)


def window(*runs: tuple[int, int], frames: int = 100) -> Frames:
    """Return one track, active in `runs` (start, end)."""
    track = np.zeros((frames, 1), dtype=np.float32)
    for start, end in runs:
        track[start:end] = 1.0
    return track


@given(segmentations, st.integers(0, 5), st.integers(1, 10))
def test_cut_at_pauses_keeps_the_number_of_speakers_at_each_frame(
    segmentation: Frames, pause: int, shortest: int
) -> None:
    """Segments of a track share no frame and together are the track."""
    segments = cut_at_pauses(segmentation, pause, shortest)
    assert np.array_equal(segments.sum(axis=2), segmentation.sum(axis=2))
    assert segments.shape[2] >= segmentation.shape[2]


def test_cut_at_pauses_cuts_at_long_pauses_only() -> None:
    """Twenty silent frames separate two segments, two do not."""
    cut = cut_at_pauses(np.stack([window((0, 30), (50, 80)), window((0, 30), (32, 80))]), pause=6, shortest=10)
    assert cut.sum(axis=1).tolist() == [[30, 30], [78, 0]]


def test_cut_at_pauses_merges_a_short_segment_with_its_neighbor() -> None:
    """A cough is no segment of its own, before or after a long one."""
    cut = cut_at_pauses(np.stack([window((0, 5), (30, 80)), window((0, 50), (70, 75))]), pause=6, shortest=10)
    assert cut.sum(axis=1).tolist() == [[55], [55]]


@given(segmentations, st.floats(1.0, 10.0))
def test_every_segment_has_a_representative(segmentation: Frames, step: float) -> None:
    """Active segments have an active representative, others none; a representative represents itself."""
    chosen = representatives(segmentation, step)
    active = segmentation.any(axis=1)
    assert np.array_equal(chosen[..., 0] >= 0, active)
    for where, segment in chosen[active]:
        assert active[where, segment]
        assert chosen[where, segment].tolist() == [where, segment]


@pytest.mark.parametrize("cut_off", [0, 2])
def test_segment_cut_off_by_the_window_is_represented_by_a_whole_one(cut_off: int) -> None:
    """Speech from frame 60 to 110 is whole in the second of three windows, which represents all."""
    segments = np.stack([window((60, 100)), window((30, 80)), window((0, 50))])
    chosen = representatives(segments, step=30.0)
    assert chosen[cut_off, 0].tolist() == [1, 0]


def test_segment_of_other_frames_is_no_representative() -> None:
    """A segment of other frames does not represent one at the edge, though it is longer."""
    segments = np.stack([window((60, 100)), window((75, 98))])
    assert representatives(segments, step=30.0)[0, 0].tolist() == [0, 0]


masks = arrays(
    np.uint8, array_shapes(min_dims=3, max_dims=3, min_side=1, max_side=20), elements=st.sampled_from([0, 1])
)


@given(masks, st.lists(st.integers(0, 40), unique=True, max_size=5), st.integers(0, 10))
def test_cut_at_loses_nothing_and_is_the_same_in_all_windows(segments: Masks, cuts: list[int], step: int) -> None:
    """Parts cover their segment, and a frame of the recording has the same number in every window that contains it."""
    windows, _, tracks = segments.shape
    which = np.tile(np.arange(tracks), (windows, 1))  # each track is one segment that all windows contain
    parts, numbers = cut_at(segments, which, [np.sort(cuts).astype(np.intp)] * tracks, step)
    assert np.array_equal(parts.sum(axis=2), segments.sum(axis=2))
    assert np.array_equal(numbers >= 0, parts.any(axis=1))
    for window, frame, part in np.argwhere(parts):
        after = sum(cut <= frame + window * step for cut in cuts)
        assert numbers[window, part] % (len(cuts) + 1) == after


def test_cut_at_without_cuts_keeps_segments() -> None:
    """Without speaker changes, a segment is one part with its own number."""
    segments = np.stack([window((0, 30)), window((0, 30))]).astype(np.uint8)
    nowhere = np.empty(0, dtype=np.intp)
    parts, numbers = cut_at(segments, np.array([[1], [0]]), [nowhere, nowhere], 50.0)
    assert np.array_equal(parts, segments)
    assert numbers.tolist() == [[1], [0]]
