"""Another number of speakers for a saved transcript."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.attribution import exclusive_of
from speakerplug.attribution.attribute import attribute
from speakerplug.attribution.recluster import recluster, speaker_count, speaker_count_within
from speakerplug.errors import UsageError
from speakerplug.transcript import Diarization, Speaker, SpeakerTree, Transcript, Turn, Word
from tests.strategies import conversations


@st.composite
def with_trees(draw: st.DrawFn) -> Transcript:
    """Draw a transcript with turns, and a tree over them that joins each speaker's groups before it joins speakers."""
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


@given(with_trees(), st.integers(1, 6))
def test_recluster_any_number_is_met_or_refused(transcript: Transcript, number: int) -> None:
    """Words and times stay, the number is met and every speaker is listed, or the number is refused."""
    assert transcript.speaker_tree is not None
    if number > len(transcript.speaker_tree.joins) + 1:
        with pytest.raises(UsageError, match="distinguish at most"):
            recluster(transcript, number)
        return
    after = recluster(transcript, number)
    assert speaker_count(after) == number
    assert [(w.text, w.start, w.end) for w in after.words] == [(w.text, w.start, w.end) for w in transcript.words]
    assert [(t.start, t.end) for t in after.exclusive] == [(t.start, t.end) for t in transcript.exclusive]
    assert sum(t.duration for t in after.turns) == pytest.approx(sum(t.duration for t in transcript.turns))
    listed = {speaker.id for speaker in after.speakers}
    assert {word.speaker for word in after.words} - {None} <= {turn.speaker for turn in after.exclusive} <= listed
    assert after.words == attribute(after.words, Diarization(after.turns, after.exclusive))


@given(with_trees())
def test_recluster_same_number_changes_nothing(transcript: Transcript) -> None:
    """The number of speakers that is there already gives the same transcript."""
    assert recluster(transcript, speaker_count(transcript)) == transcript


@given(with_trees())
def test_recluster_fewer_speakers_keep_names(transcript: Transcript) -> None:
    """Each name stays with turns of the speaker who had it."""
    for number in range(1, speaker_count(transcript)):
        after = recluster(transcript, number)
        same = {
            (was.speaker, now.speaker)
            for was, now in zip(transcript.exclusive, after.exclusive, strict=True)
            if was.speaker == after.name_of(now.speaker).removeprefix("name of ")
        }
        assert {now for _, now in same} >= {turn.speaker for turn in after.exclusive}


TALK = Transcript(
    (Word("Yes", 0.2, 1.0), Word("no", 3.2, 4.0), Word("so", 6.2, 6.8)),
    turns=(Turn(0.0, 5.0, "A"), Turn(6.0, 7.0, "B")),
    exclusive=(Turn(0.0, 2.0, "A"), Turn(3.0, 5.0, "A"), Turn(6.0, 7.0, "B")),
    speakers=(Speaker("A", "Ana"), Speaker("B", "Ben")),
    speaker_tree=SpeakerTree((0, 1, 2), ((0, 1), (0, 2))),
)


def test_recluster_more_speakers_splits_one() -> None:
    """The larger cluster keeps id and name, the other gets a free id; a regular turn is cut at the change."""
    after = recluster(replace(TALK, exclusive=(Turn(0.0, 2.5, "A"), *TALK.exclusive[1:])), 3)
    assert [word.speaker for word in after.words] == ["A", "SPEAKER_00", "B"]
    assert after.turns == (Turn(0.0, 3.0, "A"), Turn(3.0, 5.0, "SPEAKER_00"), Turn(6.0, 7.0, "B"))
    assert [(s.id, s.name) for s in after.speakers] == [("A", "Ana"), ("SPEAKER_00", "SPEAKER_00"), ("B", "Ben")]


def test_recluster_numbers_speakers_as_they_first_speak() -> None:
    """Names that people gave stay with their speakers; the name of a speaker who is gone goes to nobody."""
    spans = ((0.0, 1.0, "SPEAKER_00"), (2.0, 4.0, "SPEAKER_01"), (5.0, 6.0, "SPEAKER_02"), (7.0, 9.0, "SPEAKER_01"))
    turns = tuple(Turn(*span) for span in spans)
    names = (Speaker("SPEAKER_00", "Ana"), Speaker("SPEAKER_01", "SPEAKER_01"), Speaker("SPEAKER_02", "Ben"))
    talk = Transcript((), turns, turns, names, speaker_tree=SpeakerTree((0, 1, 2, 3), ((0, 1), (0, 2), (0, 3))))
    four, two = recluster(talk, 4), recluster(talk, 2)
    assert [(speaker.id, speaker.name) for speaker in four.speakers] == [
        ("SPEAKER_00", "Ana"),
        ("SPEAKER_01", "SPEAKER_01"),
        ("SPEAKER_02", "Ben"),
        ("SPEAKER_03", "SPEAKER_03"),
    ]
    assert [turn.speaker for turn in two.exclusive] == ["SPEAKER_00"] * 3 + ["SPEAKER_01"]
    assert [speaker.name for speaker in two.speakers] == ["SPEAKER_00", "SPEAKER_01"]


def test_recluster_merged_speakers_can_be_separated_again() -> None:
    """Merged speakers can be separated again, as the tree is kept."""
    one = recluster(TALK, 1)
    assert {word.speaker for word in one.words} == {"A"}
    assert [turn.speaker for turn in recluster(one, 3).exclusive] == ["A", "SPEAKER_00", "SPEAKER_01"]


def test_recluster_turn_over_another_speaker_follows_its_speaker() -> None:
    """A regular turn without an exclusive one within goes where the nearest exclusive turn of its speaker goes."""
    over = replace(TALK, turns=(*TALK.turns, Turn(2.2, 2.6, "B")))
    assert recluster(over, 3).turns[-1] == Turn(2.2, 2.6, "B")


@pytest.mark.parametrize(
    ("transcript", "number", "message"),
    [
        (TALK, 4, r"at most 3 speakers; transcribe the recording again with --num-speakers 4"),
        (replace(TALK, speaker_tree=None), 1, r"has no speaker tree.*--num-speakers 1"),
        (replace(TALK, speaker_tree=SpeakerTree((0,), ())), 1, r"has no speaker tree"),
    ],
)
def test_recluster_unavailable_number_is_refused(transcript: Transcript, number: int, message: str) -> None:
    """The message names the option to transcribe with instead."""
    with pytest.raises(UsageError, match=message):
        recluster(transcript, number)


def test_speaker_count_within_bounds_is_clamped() -> None:
    """Bounds that are met already change nothing; others give the nearest number within them."""
    cases = (
        (3, 2, None, None, 2),
        (3, None, 2, 4, 3),
        (3, None, 4, None, 4),
        (3, None, None, 2, 2),
        (3, None, 5, 6, 5),
    )
    for there, num, low, high, expected in cases:
        assert speaker_count_within(there, num, low, high) == expected
