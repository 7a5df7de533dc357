"""What pictures of a transcript show."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from speakerplug.attribution.timeline import NOBODY, lanes, length, ticks
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
