"""Speakers are numbered in the order in which they first speak."""

from __future__ import annotations

from hypothesis import given

from speakerplug.attribution.speaker_numbers import renamed, speaker_numbers
from speakerplug.transcript import Diarization, Turn
from tests.strategies import conversations

TURNS = (Turn(0.0, 4.0, "SPEAKER_01"), Turn(1.0, 2.0, "SPEAKER_00"), Turn(5.0, 6.0, "SPEAKER_07"))


def test_speaker_numbers_follow_the_exclusive_turns() -> None:
    """The first of the exclusive turns is SPEAKER_00, even if another one's regular turn begins earlier."""
    exclusive = (Turn(0.5, 1.0, "SPEAKER_07"), Turn(1.0, 4.0, "SPEAKER_01"))
    found = speaker_numbers(Diarization(TURNS, exclusive))
    assert found == {"SPEAKER_07": "SPEAKER_00", "SPEAKER_01": "SPEAKER_01", "SPEAKER_00": "SPEAKER_02"}


def test_speaker_numbers_of_others_without_turns_come_last() -> None:
    """A speaker without any turn, who has a column of the artifacts, takes no number of one who speaks."""
    found = speaker_numbers(Diarization((), TURNS[2:]), ("SPEAKER_00", "SPEAKER_07"))
    assert found == {"SPEAKER_07": "SPEAKER_00", "SPEAKER_00": "SPEAKER_01"}


def test_speaker_numbers_names_stay() -> None:
    """A name that a diarizer gives is no number, and takes none."""
    turns = (Turn(0.0, 1.0, "Ana"), Turn(2.0, 3.0, "SPEAKER_03"), Turn(3.0, 4.0, "speaker_1"))
    after = renamed(Diarization(turns), speaker_numbers(Diarization(turns)))
    assert after.speakers == ("Ana", "SPEAKER_00", "speaker_1")


@given(conversations())
def test_speaker_numbers_of_any_conversation_are_in_order(conversation: tuple[object, Diarization]) -> None:
    """Numbers ascend from 0, no two speakers become one, times stay, and numbering again changes nothing."""
    given = conversation[1]
    given = renamed(given, {name: f"SPEAKER_{9 - n:02d}" for n, name in enumerate(given.speakers)})
    after = renamed(given, speaker_numbers(given))
    assert after.speakers == tuple(f"SPEAKER_{n:02d}" for n in range(len(given.speakers)))
    pairs = {
        (was.speaker, now.speaker)
        for before, then in ((given.turns, after.turns), (given.exclusive, after.exclusive))
        for was, now in zip(before, then, strict=True)
        if (was.start, was.end) == (now.start, now.end)
    }
    assert len(pairs) == len(given.speakers)
    assert renamed(after, speaker_numbers(after)) == after
