"""Every part of a segment gets a speaker, within the bounds; if their number is in doubt, one warning says so."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.diarizers.single_pass import FrameGrid
from speakerplug.diarizers.single_pass.clustering import Clustering
from speakerplug.diarizers.single_pass.engine import EmbeddedSegment, Passed
from speakerplug.diarizers.single_pass.segments import Segment
from speakerplug.diarizers.single_pass.speakers import Speakers, doubt_about, speakers_of
from speakerplug.plugin.roles import DiarizationRequest

GRID = FrameGrid(2.0, 0.5, 99, 0.02, 0.04)
CLUSTERING = Clustering(threshold=0.5, min_speech_s=0.8, distinct=0.33)
Spoken = tuple[int, float, float]
"""Who speaks (-1: too little for an embedding) from when to when."""


def recording(*spoken: Spoken, noise: float = 0.02) -> Passed:
    """Return a pass over a recording in which speakers of orthogonal embeddings speak, two votes in each frame."""
    rng = np.random.default_rng(0)
    frames = round(max((end for *_, end in spoken), default=2.0) / 0.02) + 20
    count, segments = np.zeros(frames, np.uint8), []
    for who, start, end in spoken:
        first, last = round(start / 0.02), round(end / 0.02)
        vector = np.full(8, np.nan) if who < 0 else np.eye(8)[who] + rng.normal(0, noise, 8)
        count[first:last] += 1
        segments.append(
            EmbeddedSegment(
                Segment(first, np.full(last - first, 2, np.uint16)),
                np.array([first, last]),
                vector[None].astype(np.float32),
                np.array([0.0 if who < 0 else end - start]),
            )
        )
    return Passed(GRID, tuple(segments), count)


def found(passed: Passed, **bounds: int) -> Speakers:
    return speakers_of(passed, CLUSTERING, DiarizationRequest(**bounds), shortest_s=1.0)


def in_turn(*speakers: int, seconds: float = 5.0) -> Passed:
    """Return a recording of these speakers, one after the other."""
    return recording(*((who, i * (seconds + 1), i * (seconds + 1) + seconds) for i, who in enumerate(speakers)))


@given(st.lists(st.integers(0, 4), min_size=1, max_size=15))
def test_speakers_in_turn_have_their_turns(order: list[int]) -> None:
    """However many take turns in whatever order: one turn for each part, regular and exclusive, names in order."""
    speakers = found(in_turn(*order))
    assert len(speakers.names) == len(set(order)) == len(speakers.centroids) == speakers.active.shape[1]
    assert speakers.names == tuple(f"SPEAKER_{number:02}" for number in range(len(speakers.names)))
    assert speakers.turns == speakers.exclusive
    who = [speakers.names[part] for part in speakers.parts]
    assert [turn.speaker for turn in speakers.turns] == who
    assert len(set(zip(order, who, strict=True))) == len(set(order))
    assert all(turn.end - turn.start == pytest.approx(5.0) for turn in speakers.turns)


@given(st.lists(st.integers(0, 3), min_size=4, max_size=12), st.data())
def test_number_of_speakers_is_within_the_bounds(order: list[int], data: st.DataObject) -> None:
    """As requested, or as the bounds allow."""
    low = data.draw(st.integers(1, 4))
    high = data.draw(st.integers(low, 6))
    assert low <= len(found(in_turn(*order), min_speakers=low, max_speakers=high).names) <= high
    assert len(found(in_turn(*order), num_speakers=low).names) == low


def test_overlap_is_in_the_regular_turns_only() -> None:
    """Where two talk at once both are active; in the exclusive turns one of them is."""
    speakers = found(recording((0, 0.0, 6.0), (1, 5.0, 11.0)))
    assert [(round(turn.start, 1), round(turn.end, 1)) for turn in speakers.turns] == [(0.0, 6.0), (5.0, 11.0)]
    assert sum(turn.end - turn.start for turn in speakers.exclusive) == pytest.approx(11.0, abs=0.05)


def test_maximum_of_one_speaker_leaves_no_overlap() -> None:
    """One speaker never talks twice at once."""
    speakers = found(recording((0, 0.0, 6.0), (1, 5.0, 11.0)), max_speakers=1)
    assert speakers.turns == speakers.exclusive
    assert len(speakers.turns) == 1


def test_phantom_who_is_never_alone_is_dropped() -> None:
    """Somebody who has the most votes for less than half a second is nobody; the speech is the nearest speaker's."""
    passed = recording((0, 0.0, 9.0), (1, 10.0, 19.0), (2, 2.0, 5.0))
    *rest, phantom = passed.segments
    few = EmbeddedSegment(
        Segment(phantom.segment.first, np.ones(150, np.uint16)), phantom.edges, phantom.embeddings, phantom.clean_s
    )
    one = Passed(GRID, (*rest, few), np.minimum(passed.count, 1))
    assert len(found(one).names) == 2
    assert len(found(one, min_speakers=3).names) <= 3
    assert len(found(passed).names) == 2 + (passed.count.max() == 2 and len(found(passed).names) == 3)


def test_short_parts_are_assigned_but_make_no_speaker() -> None:
    """Half a second of something different is the nearest speaker's; without any longer part it counts."""
    assert len(found(recording((0, 0.0, 9.0), (1, 10.0, 19.0), (2, 20.0, 20.6))).names) == 2
    assert len(found(recording((0, 0.0, 0.8), (1, 2.0, 2.8))).names) == 1 + 1


def test_part_without_an_embedding_has_no_speaker() -> None:
    """Nobody's turn, while others have theirs."""
    speakers = found(recording((0, 0.0, 5.0), (-1, 6.0, 6.1), (1, 7.0, 12.0)))
    assert speakers.parts.tolist() == [0, -1, 1]
    assert len(speakers.turns) == 2


@pytest.mark.parametrize("bounds", [{}, {"num_speakers": 3}, {"min_speakers": 2, "max_speakers": 4}])
def test_nobody_with_an_embedding_is_one_speaker(bounds: dict[str, int]) -> None:
    """There is speech, so there is a speaker, whatever was requested."""
    speakers = found(recording((-1, 0.0, 0.15), (-1, 1.0, 1.15)), **bounds)
    assert speakers.names == ("SPEAKER_00",)
    assert len(speakers.turns) == 2


def test_silence_has_no_speaker() -> None:
    """And no turn, and no centroid."""
    speakers = found(recording())
    assert (speakers.names, speakers.turns, speakers.exclusive) == ((), (), ())
    assert len(speakers.centroids) == 0


def test_pause_is_bridged_between_turns_of_one_speaker() -> None:
    """Pauses of up to `pause_s` seconds."""
    passed = recording((0, 0.0, 5.0), (0, 5.4, 9.0), (0, 10.0, 12.0))
    bridged = speakers_of(passed, CLUSTERING, DiarizationRequest(), shortest_s=1.0, pause_s=0.5)
    assert [(round(turn.start, 1), round(turn.end, 1)) for turn in bridged.turns] == [(0.0, 9.0), (10.0, 12.0)]


@pytest.mark.parametrize(("distance", "others"), [(0.52, "1"), (0.48, "2")])
def test_speakers_about_as_far_apart_as_the_threshold_are_in_doubt(
    distance: float, others: str, caplog: pytest.LogCaptureFixture
) -> None:
    """One or two speakers: the warning has the number found, and the alternative; a requested number is no doubt."""
    angle = np.arccos(1 - distance)
    passed = in_turn(0, 0, 0, 0)
    for i, each in enumerate(passed.segments):
        each.embeddings[0] = np.eye(8)[0] if i % 2 else [np.cos(angle), np.sin(angle), 0, 0, 0, 0, 0, 0]
    with caplog.at_level(logging.WARNING):
        assert found(passed).plausible == (1, 2)
        assert found(passed, num_speakers=2).plausible is None
        assert found(in_turn(0, 1, 0, 1)).plausible is None
    (record,) = caplog.records
    assert f"it may also be {others}: give --num-speakers" in record.getMessage()


@given(st.integers(1, 30), st.lists(st.integers(-1, 30)))
def test_doubt_names_every_other_number(found: int, others: list[int]) -> None:
    """Each number once and in order, without the found one and impossible ones; None without any."""
    sentence = doubt_about(found, others)
    rest = [number for number in sorted(set(others)) if number > 0 and number != found]
    if sentence is None:
        assert not rest
    else:
        listed = sentence.split("also be ")[1].split(":")[0]
        assert [int(number) for number in listed.replace(" or ", ", ").split(", ")] == rest
