"""What pictures of a transcript show."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.attribution.timeline import NOBODY, is_uncertain, lanes, length, ticks, uncertain_passages
from speakerplug.transcript import Media, Speaker, Transcript, Turn, Word

TALK = Transcript(
    turns=(Turn(0.0, 2.0, "B"), Turn(1.0, 3.0, "B"), Turn(3.0, 4.0, "A")),
    speakers=(Speaker("A", "Ana"), Speaker("B", "Ben"), Speaker("C", "Silent")),
    media=Media("talk.wav", 10.0),
)


def test_lanes_are_those_who_speak_in_the_order_of_the_transcript() -> None:
    """Turns of one speaker that overlap are one, and their time counts once."""
    found = lanes(TALK)
    assert [(lane.name, lane.seconds, lane.share) for lane in found] == [("Ana", 1.0, 0.25), ("Ben", 3.0, 0.75)]
    assert found[1].turns == (Turn(0.0, 3.0, "B"),)


def test_lanes_without_turns_are_those_of_words() -> None:
    """A transcript without speakers has one lane."""
    words = (Word("a", 0.0, 1.0), Word("b", 2.0, 3.0), Word("c", None, None))
    [lane] = lanes(Transcript(words))
    assert (lane.name, lane.seconds) == (NOBODY, 2.0)


def test_length_is_that_of_the_recording_or_of_what_lasts_longer() -> None:
    """A file of another program may not say how long its recording is."""
    assert length(TALK) == 10.0
    assert length(replace(TALK, media=Media())) == 4.0
    assert length(Transcript()) == 0.0


@given(st.floats(0.0, 1e6), st.integers(2, 20))
def test_ticks_are_round_times_within_the_picture(seconds: float, most: int) -> None:
    """The first is 0, and there are not too many."""
    found = ticks(seconds, most)
    assert found[0] == 0.0
    assert len(found) <= most
    assert found[-1] <= seconds


@pytest.mark.parametrize(
    ("confidence", "speaker", "expected"),
    [(None, None, False), (0.5, 0.7, False), (0.49, 0.7, True), (0.5, 0.69, True)],
)
def test_is_uncertain_below_the_thresholds_of_the_page(
    confidence: float | None, speaker: float | None, expected: bool
) -> None:
    """Unknown is not uncertain."""
    assert is_uncertain(Word("a", 0.0, 1.0, confidence=confidence, speaker_confidence=speaker)) is expected


def test_uncertain_passages_join_where_they_touch_and_end_with_the_speaker() -> None:
    """Words around them show what is meant."""
    certain, low = Word("a", 0.0, 1.0, "A", 0.9), Word("b", 0.0, 1.0, "A", 0.1)
    other = replace(certain, speaker="B")
    words = [other, low, certain, low, certain, certain, certain, certain, low, other]
    assert uncertain_passages(words, around=1) == (range(1, 5), range(7, 9))
