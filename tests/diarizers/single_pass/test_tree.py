"""Each turn has the summed embedding of the parts of its speaker that it overlaps."""

from __future__ import annotations

import numpy as np

from speakerplug.diarizers.single_pass import FrameGrid
from speakerplug.diarizers.single_pass.engine import EmbeddedSegment, Passed
from speakerplug.diarizers.single_pass.segments import Segment
from speakerplug.diarizers.single_pass.speakers import Speakers
from speakerplug.diarizers.single_pass.tree import turn_embeddings
from speakerplug.diarizers.speaker_tree import speaker_tree
from speakerplug.transcript import Turn

GRID = FrameGrid(2.0, 0.5, 99, 0.02, 0.0)
NAMES = ("SPEAKER_00", "SPEAKER_01")


def segment(edges: list[float], *vectors: list[float]) -> EmbeddedSegment:
    """Return a segment with parts between `edges` (seconds)."""
    frames = np.array([round(edge / 0.02) for edge in edges])
    votes = np.ones(frames[-1] - frames[0], np.uint16)
    return EmbeddedSegment(
        Segment(int(frames[0]), votes), frames, np.array(vectors, np.float32), np.diff(frames) * 0.02
    )


def embeddings(parts: list[int], exclusive: list[Turn], *segments: EmbeddedSegment) -> tuple[list[object], list[float]]:
    """Return the embeddings and seconds of turns, as lists."""
    passed = Passed(GRID, segments, np.zeros(0, np.uint8))
    speakers = Speakers(NAMES, np.eye(2), np.array(parts), np.zeros((0, 2), np.uint8), (), tuple(exclusive))
    sums, seconds = turn_embeddings(passed, speakers)
    return sums.round(3).tolist(), seconds.round(3).tolist()


def test_turn_embeddings_are_weighted_by_the_overlap_with_parts_of_the_same_speaker() -> None:
    """A part over two turns counts for both; one of another speaker for none; vectors count by their direction."""
    turns = [Turn(0.0, 2.0, NAMES[0]), Turn(2.0, 3.0, NAMES[1]), Turn(3.0, 4.0, NAMES[0])]
    parts = segment([0.0, 1.0, 4.0], [5.0, 0.0], [0.0, 2.0]), segment([2.0, 3.0], [3.0, 4.0])
    sums, seconds = embeddings([0, 0, 1], turns, *parts)
    assert sums == [[1.0, 1.0], [0.6, 0.8], [0.0, 1.0]]
    assert seconds == [2.0, 1.0, 1.0]


def test_turn_embeddings_of_parts_without_speaker_or_embedding_are_zero() -> None:
    """They have nothing to say about a turn."""
    turns = [Turn(0.0, 2.0, NAMES[0])]
    parts = segment([0.0, 1.0, 2.0], [1.0, 0.0], [np.nan, np.nan])
    assert embeddings([-1, 0], turns, parts) == ([[0.0, 0.0]], [0.0])


def test_turn_embeddings_of_silence_are_none_and_make_no_tree() -> None:
    """Without turns there is nothing to group."""
    sums, seconds = turn_embeddings(
        Passed(GRID, (), np.zeros(99, np.uint8)),
        Speakers((), np.zeros((0, 2)), np.zeros(0, np.intp), np.zeros((99, 0), np.uint8), (), ()),
    )
    assert (sums.shape, seconds.shape) == ((0, 2), (0,))
    assert speaker_tree((), sums, seconds) is None
