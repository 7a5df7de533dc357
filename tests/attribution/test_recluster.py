"""Another number of speakers for a transcript."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.attribution import exclusive_of
from speakerplug.attribution.attribute import attribute
from speakerplug.attribution.recluster import number_of, number_within, relabeled
from speakerplug.errors import UsageError
from speakerplug.transcript import Diarization, Speaker, SpeakerTree, Transcript, Turn, Word
from tests.strategies import conversations


@st.composite
def with_voices(draw: st.DrawFn) -> Transcript:
    """A transcript with turns, and any tree over them in which each speaker's groups are joined before speakers are."""
    words, diarization = draw(conversations())
    turns = diarization.turns
    exclusive = diarization.exclusive or exclusive_of(turns)
    names = list(dict.fromkeys(turn.speaker for turn in exclusive))
    mine = {name: [index for index, turn in enumerate(exclusive) if turn.speaker == name] for name in names}
    parts = {name: draw(st.integers(1, len(mine[name]))) for name in names}
    groups, first, joins = [0] * len(exclusive), 0, []
    roots = []
    for name in names:
        for place, index in enumerate(mine[name]):
            groups[index] = first + place % parts[name]
        joins += [(first, first + part) for part in range(1, parts[name])]
        roots.append(first)
        first += parts[name]
    joins += [(roots[0], root) for root in roots[1:]]
    whole = Diarization(turns, exclusive)
    return Transcript(
        attribute(words, whole),
        turns,
        exclusive,
        tuple(Speaker(speaker, f"name of {speaker}") for speaker in whole.speakers),
        speaker_tree=SpeakerTree(tuple(groups), tuple(joins)),
    )


@given(with_voices(), st.integers(1, 6))
def test_there_are_as_many_speakers_as_asked_for(transcript: Transcript, number: int) -> None:
    """Words and times stay, the number comes out, and everybody who speaks is listed; or one sentence."""
    assert transcript.speaker_tree is not None
    if number > len(transcript.speaker_tree.joins) + 1:
        with pytest.raises(UsageError, match="voices apart"):
            relabeled(transcript, number)
        return
    after = relabeled(transcript, number)
    assert number_of(after) == number
    assert [(w.text, w.start, w.end) for w in after.words] == [(w.text, w.start, w.end) for w in transcript.words]
    assert [(t.start, t.end) for t in after.exclusive] == [(t.start, t.end) for t in transcript.exclusive]
    assert sum(t.duration for t in after.turns) == pytest.approx(sum(t.duration for t in transcript.turns))
    listed = {speaker.id for speaker in after.speakers}
    assert {word.speaker for word in after.words} - {None} <= {turn.speaker for turn in after.exclusive} <= listed
    assert after.words == attribute(after.words, Diarization(after.turns, after.exclusive))


@given(with_voices())
def test_the_number_that_there_is_changes_nothing(transcript: Transcript) -> None:
    """The same number gives the same transcript."""
    assert relabeled(transcript, number_of(transcript)) == transcript


@given(with_voices())
def test_fewer_speakers_keep_names(transcript: Transcript) -> None:
    """Whoever is still there has the name and the id of before."""
    for number in range(1, number_of(transcript)):
        after = relabeled(transcript, number)
        assert {speaker.id for speaker in after.speakers} <= {speaker.id for speaker in transcript.speakers}
        assert all(speaker.name == f"name of {speaker.id}" for speaker in after.speakers)


TALK = Transcript(
    (Word("Yes", 0.2, 1.0), Word("no", 3.2, 4.0), Word("so", 6.2, 6.8)),
    turns=(Turn(0.0, 5.0, "A"), Turn(6.0, 7.0, "B")),
    exclusive=(Turn(0.0, 2.0, "A"), Turn(3.0, 5.0, "A"), Turn(6.0, 7.0, "B")),
    speakers=(Speaker("A", "Ana"), Speaker("B", "Ben")),
    speaker_tree=SpeakerTree((0, 1, 2), ((0, 1), (0, 2))),
)


def test_a_speaker_is_divided() -> None:
    """The larger part keeps id and name, the other gets a free id; a regular turn is cut where the voice changes."""
    after = relabeled(replace(TALK, exclusive=(Turn(0.0, 2.5, "A"), *TALK.exclusive[1:])), 3)
    assert [word.speaker for word in after.words] == ["A", "SPEAKER_00", "B"]
    assert after.turns == (Turn(0.0, 3.0, "A"), Turn(3.0, 5.0, "SPEAKER_00"), Turn(6.0, 7.0, "B"))
    assert [(s.id, s.name) for s in after.speakers] == [("A", "Ana"), ("SPEAKER_00", "SPEAKER_00"), ("B", "Ben")]


def test_there_and_back() -> None:
    """Speakers that were united can be told apart again, as the tree stays."""
    one = relabeled(TALK, 1)
    assert {word.speaker for word in one.words} == {"A"}
    assert [turn.speaker for turn in relabeled(one, 3).exclusive] == ["A", "SPEAKER_00", "SPEAKER_01"]


def test_a_voice_over_another_follows_its_speaker() -> None:
    """A regular turn without an exclusive one in it goes where the nearest of its speaker goes."""
    over = replace(TALK, turns=(*TALK.turns, Turn(2.2, 2.6, "B")))
    assert relabeled(over, 3).turns[-1] == Turn(2.2, 2.6, "B")


@pytest.mark.parametrize(
    ("transcript", "number", "message"),
    [
        (TALK, 4, r"at most 3 voices apart; transcribe the recording again with --num-speakers 4"),
        (replace(TALK, speaker_tree=None), 1, r"does not hold which turns sound alike.*--num-speakers 1"),
        (replace(TALK, speaker_tree=SpeakerTree((0,), ())), 1, r"does not hold"),
    ],
)
def test_what_cannot_be_had(transcript: Transcript, number: int, message: str) -> None:
    """The message names the remedy."""
    with pytest.raises(UsageError, match=message):
        relabeled(transcript, number)


def test_numbers_and_bounds() -> None:
    """Bounds that hold already change nothing."""
    cases = (
        (3, 2, None, None, 2),
        (3, None, 2, 4, 3),
        (3, None, 4, None, 4),
        (3, None, None, 2, 2),
        (3, None, 5, 6, 5),
    )
    for there, num, low, high, expected in cases:
        assert number_within(there, num, low, high) == expected
