"""Cutting tracks at pauses loses nothing, and a piece is heard where it is whole."""

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
    """One track, active in `runs` (start, end)."""
    track = np.zeros((frames, 1), dtype=np.float32)
    for start, end in runs:
        track[start:end] = 1.0
    return track


@given(segmentations, st.integers(0, 5), st.integers(1, 10))
def test_the_number_of_voices_at_each_frame_stays(segmentation: Frames, pause: int, shortest: int) -> None:
    """Pieces of a track share no frame and together are the track."""
    pieces = cut_at_pauses(segmentation, pause, shortest)
    assert np.array_equal(pieces.sum(axis=2), segmentation.sum(axis=2))
    assert pieces.shape[2] >= segmentation.shape[2]


def test_a_long_pause_cuts_and_a_short_one_does_not() -> None:
    """Twenty silent frames part two pieces, two do not."""
    cut = cut_at_pauses(np.stack([window((0, 30), (50, 80)), window((0, 30), (32, 80))]), pause=6, shortest=10)
    assert cut.sum(axis=1).tolist() == [[30, 30], [78, 0]]


def test_a_short_piece_stays_with_its_neighbor() -> None:
    """A cough is no piece of its own, before or after a long one."""
    cut = cut_at_pauses(np.stack([window((0, 5), (30, 80)), window((0, 50), (70, 75))]), pause=6, shortest=10)
    assert cut.sum(axis=1).tolist() == [[55], [55]]


@given(segmentations, st.floats(1.0, 10.0))
def test_every_piece_is_heard_somewhere(segmentation: Frames, step: float) -> None:
    """Who speaks has a representative that speaks; who does not has none; a representative stands for itself."""
    chosen = representatives(segmentation, step)
    active = segmentation.any(axis=1)
    assert np.array_equal(chosen[..., 0] >= 0, active)
    for where, piece in chosen[active]:
        assert active[where, piece]
        assert chosen[where, piece].tolist() == [where, piece]


@pytest.mark.parametrize("cut_off", [0, 2])
def test_what_the_edge_cuts_off_is_heard_where_it_is_whole(cut_off: int) -> None:
    """Speech from frame 60 to 110 is whole in the second of three windows, and is heard there for all."""
    pieces = np.stack([window((60, 100)), window((30, 80)), window((0, 50))])
    chosen = representatives(pieces, step=30.0)
    assert chosen[cut_off, 0].tolist() == [1, 0]


def test_someone_else_is_not_heard_instead() -> None:
    """A piece of other frames does not stand for one at the edge, though it lasts longer."""
    pieces = np.stack([window((60, 100)), window((75, 98))])
    assert representatives(pieces, step=30.0)[0, 0].tolist() == [0, 0]


masks = arrays(
    np.uint8, array_shapes(min_dims=3, max_dims=3, min_side=1, max_side=20), elements=st.sampled_from([0, 1])
)


@given(masks, st.lists(st.integers(0, 40), unique=True, max_size=5), st.integers(0, 10))
def test_cuts_lose_nothing_and_are_the_same_in_all_windows(pieces: Masks, cuts: list[int], step: int) -> None:
    """Parts cover their piece, and a frame of the recording has the same number in every window that hears it."""
    windows, _, tracks = pieces.shape
    which = np.tile(np.arange(tracks), (windows, 1))  # each track is one piece that all windows see
    parts, numbers = cut_at(pieces, which, [np.sort(cuts).astype(np.intp)] * tracks, step)
    assert np.array_equal(parts.sum(axis=2), pieces.sum(axis=2))
    assert np.array_equal(numbers >= 0, parts.any(axis=1))
    for window, frame, part in np.argwhere(parts):
        after = sum(cut <= frame + window * step for cut in cuts)
        assert numbers[window, part] % (len(cuts) + 1) == after


def test_without_cuts_pieces_stay() -> None:
    """Where no voice changes, a piece is one part with its own number."""
    pieces = np.stack([window((0, 30)), window((0, 30))]).astype(np.uint8)
    nowhere = np.empty(0, dtype=np.intp)
    parts, numbers = cut_at(pieces, np.array([[1], [0]]), [nowhere, nowhere], 50.0)
    assert np.array_equal(parts, pieces)
    assert numbers.tolist() == [[1], [0]]
