"""Words in parts: a word and its suffix have one speaker, and stay together in time."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug import Diarization, Transcript, Turn, Word
from speakerplug.attribution.attribute import attribute
from speakerplug.attribution.word_parts import APART_S, is_part
from speakerplug.subtitles import PROFILES, cues_from
from speakerplug.testing import turns, words
from speakerplug.transcript import Media
from tests.strategies import conversations

RULES = PROFILES["netflix"]
STRATFORD = (
    Word("Fine.", 0.0, 1.0),
    Word("in", 20.6, 21.0),
    Word("Stratford", 21.0, 22.0),
    Word("-upon.", 22.0, 23.0, joined=True),
)
CHANGE = Diarization(turns((0, 1.2, "Ben"), (19.5, 22, "Ana"), (22, 24, "Ben")))

in_parts = st.builds(
    lambda conversation, parts: (
        tuple(replace(word, joined=part) for word, part in zip(conversation[0], parts, strict=False)),
        conversation[1],
    ),
    conversations(),
    st.lists(st.booleans(), min_size=12, max_size=12),
)
"""Conversations in which some words are written onto the one before."""


def test_attribute_suffix_in_the_turn_of_another_has_the_speaker_of_its_word() -> None:
    """A turn that ends within a word ends no speaker there."""
    attributed = attribute(STRATFORD, CHANGE)
    assert [word.speaker for word in attributed] == ["Ben", "Ana", "Ana", "Ana"]
    assert attributed[2].others == attributed[3].others == ("Ben",)


def test_cues_from_suffix_in_the_turn_of_another_stays_with_its_word() -> None:
    """Nothing of a word at 22 s is shown after what its speaker, or another, said at 0 s."""
    transcript = Transcript(attribute(STRATFORD, CHANGE), media=Media("talk.mp4", 24.0))
    assert [(cue.start, " ".join(cue.lines)) for cue in cues_from(transcript, RULES)] == [
        (0.0, "Fine."),
        (20.6, "in Stratford-upon."),
    ]


def test_cues_from_suffix_of_another_speaker_is_not_moved_to_what_they_said_before() -> None:
    """Where a file itself gives the halves of a word to two speakers, each half stays at its time."""
    given = (Word("Fine.", 0, 1, "Ben"), Word("Stratford", 21, 22, "Ana"), Word("-upon.", 22, 23, "Ben", joined=True))
    shown = [(cue.start, cue.lines) for cue in cues_from(Transcript(given), RULES)]
    assert [start for start, _ in shown] == [0.0, 21.0, 22.0]
    assert shown[0][1] == ("Fine.",)


@given(in_parts)
def test_attribute_parts_of_a_word_have_one_speaker_and_the_same_decision(
    conversation: tuple[tuple[Word, ...], Diarization],
) -> None:
    """Whatever the turns are: speaker, method, confidence and who else talks are those of the whole word."""
    spoken, diarization = conversation
    attributed = attribute(spoken, diarization)
    for before, after in pairwise(attributed):
        if is_part(before, after):
            for decided in ("speaker", "method", "speaker_confidence", "others"):
                assert getattr(before, decided) == getattr(after, decided)


@given(in_parts)
def test_attribute_parts_are_decided_like_the_word_in_one(
    conversation: tuple[tuple[Word, ...], Diarization],
) -> None:
    """It makes no difference in how many parts a recognizer wrote a word."""
    spoken, diarization = conversation
    numbers: list[int] = []
    for index, word in enumerate(spoken):
        is_new = not index or not is_part(spoken[index - 1], word)
        numbers.append((numbers[-1] + 1 if numbers else 0) if is_new else numbers[-1])
    wholes = [
        [word for _, word in run] for _, run in groupby(zip(numbers, spoken, strict=True), key=lambda pair: pair[0])
    ]
    whole = tuple(
        Word(
            "".join(part.text for part in parts),
            min(part.start or 0.0 for part in parts),
            max(part.end or 0.0 for part in parts),
        )
        for parts in wholes
    )
    together = attribute(whole, diarization)
    assert [word.speaker for word in attribute(spoken, diarization)] == [together[n].speaker for n in numbers]


@given(in_parts)
def test_cues_from_words_in_parts_show_none_far_from_its_time(
    conversation: tuple[tuple[Word, ...], Diarization],
) -> None:
    """A cue begins with a word of it, and no other word of it begins earlier or, at most a cue's length, later."""
    spoken, diarization = conversation
    monotonic = tuple(sorted(spoken, key=lambda word: word.start or 0.0))
    for cue in cues_from(Transcript(attribute(monotonic, diarization)), RULES):
        starts = [word.start or 0.0 for word in cue.words]
        assert max(starts) - min(starts) <= RULES.longest_ms / 1000 + APART_S


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (Word("Stratford", 1, 2), Word("-upon", 2, 3, joined=True), True),
        (Word("Stratford", 1, 2), Word("upon", 2, 3), False),
        (Word("Stratford", 1, 2), Word("-upon", 2 + APART_S, 5, joined=True), True),
        (Word("Stratford", 1, 2), Word("-upon", 2.1 + APART_S, 5, joined=True), False),
        (Word("Stratford", 11, 12), Word("-upon", 2, 3, joined=True), False),
        (Word("Stratford", 1, None), Word("-upon", None, None, joined=True), True),
        (Word("我", 1, 2), Word("们", 2, 3, joined=True), False),
        (Word("สวัส", 1, 2), Word("ดี", 2, 3, joined=True), False),
        (Word("ก", 1, 2), Word("\u0e47", 2, 3, joined=True), True),
        (Word("", 1, 2), Word("s", 2, 3, joined=True), False),
    ],
)
def test_is_part_of_words_is_true_in_scripts_with_spaces_only(before: Word, after: Word, expected: bool) -> None:
    """In Chinese every word is joined to the one before, and two speakers may follow each other; marks never divide."""
    assert is_part(before, after) == expected


def test_attribute_joined_words_of_a_script_without_spaces_have_speakers_of_their_own() -> None:
    """Chinese is written without spaces: a joined word there is no suffix."""
    spoken = [replace(word, joined=n > 0) for n, word in enumerate(words(("我", 0, 1), ("们", 1, 2), ("好", 2, 3)))]
    attributed = attribute(spoken, Diarization((Turn(0, 2, "A"), Turn(2, 3, "B"))))
    assert [word.speaker for word in attributed] == ["A", "A", "B"]
