"""In each frame as many speakers are active as are counted; turns begin and end in the middle of frames."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from speakerplug.diarizers.single_pass import FrameGrid, turns
from speakerplug.diarizers.single_pass.turns import Activity, SpokenPart, activity, turns_of

GRID = FrameGrid(2.0, 0.5, 99, 0.02, 0.04)
FRAMES, NAMES = 60, ("SPEAKER_00", "SPEAKER_01", "SPEAKER_02")
PARTS = st.lists(
    st.builds(
        SpokenPart,
        st.integers(0, FRAMES - 1),
        arrays(np.uint16, st.integers(1, FRAMES), elements=st.integers(0, 10)),
        st.integers(0, 2),
    ),
    max_size=8,
)
COUNT = arrays(np.uint8, FRAMES, elements=st.integers(0, 3))
ACTIVE = arrays(np.uint8, (FRAMES, 3), elements=st.integers(0, 1))


def votes_of(parts: list[SpokenPart]) -> NDArray[np.intp]:
    """Return the votes of each speaker in each frame."""
    votes = np.zeros((FRAMES, 3), dtype=np.intp)
    for part in parts:
        for frame, vote in enumerate(part.votes[: FRAMES - part.first], part.first):
            votes[frame, part.speaker] += vote
    return votes


@given(PARTS, COUNT)
def test_activity_is_of_those_with_the_most_votes(parts: list[SpokenPart], count: NDArray[np.uint8]) -> None:
    """As many as are counted, fewer only if fewer have votes; nobody with fewer votes comes before one with more."""
    active, votes = activity(parts, count, 3), votes_of(parts)
    np.testing.assert_array_equal(active.sum(axis=1), np.minimum(count, (votes > 0).sum(axis=1)))
    assert not (active.astype(bool) & (votes == 0)).any()
    least = np.where(active, votes, 100).min(axis=1)
    assert (np.where(active, 0, votes).max(axis=1) <= least)[active.any(axis=1)].all()


@given(PARTS, COUNT)
def test_activity_in_blocks_is_the_same(parts: list[SpokenPart], count: NDArray[np.uint8]) -> None:
    """A long recording is ranked in blocks, to save memory."""
    whole = activity(parts, count, 3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(turns, "BLOCK", 7)
        np.testing.assert_array_equal(activity(parts, count, 3), whole)


@given(PARTS, COUNT)
def test_exclusive_turns_never_overlap_and_are_within_the_regular_ones(
    parts: list[SpokenPart], count: NDArray[np.uint8]
) -> None:
    """At most one speaker at a time, who is among those of the regular turns."""
    regular, alone = activity(parts, count, 3), activity(parts, np.minimum(count, 1), 3)
    assert (alone <= regular).all()
    exclusive = turns_of(alone, GRID, NAMES)
    assert all(one.end <= other.start for one, other in itertools.pairwise(exclusive))


@given(ACTIVE)
def test_turns_of_are_the_runs_of_each_speaker(active: Activity) -> None:
    """Every frame but the last, which only ends turns, is in a turn of each active speaker; turns are in order."""
    found = turns_of(active, GRID, NAMES)
    again = np.zeros_like(active)
    for turn in found:
        start, end = (round((at - GRID.frame_s / 2) / GRID.frame_step_s) for at in (turn.start, turn.end))
        assert not again[start:end, NAMES.index(turn.speaker)].any()
        again[start:end, NAMES.index(turn.speaker)] = 1
    np.testing.assert_array_equal(again[:-1], active[:-1])
    assert list(found) == sorted(found, key=lambda turn: (turn.start, turn.end))


def test_turns_of_with_a_pause_bridges_shorter_ones() -> None:
    """A pause of one frame is bridged, one of three is not."""
    active = np.array([[1, 1, 0, 1, 0, 0, 0, 1, 1]], np.uint8).T
    assert [(turn.start, turn.end) for turn in turns_of(active, GRID, ["A"], 0.03)] == [
        pytest.approx((0.02, 0.10)),
        pytest.approx((0.16, 0.18)),
    ]
    assert len(turns_of(active, GRID, ["A"])) == 3
