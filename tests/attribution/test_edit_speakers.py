"""Corrected speakers: words, the turns under them, and the speaker tree."""

from __future__ import annotations

from dataclasses import replace

import pytest

from speakerplug.attribution.edit_speakers import give, halves, merged, united
from speakerplug.errors import UsageError
from speakerplug.transcript import Speaker, SpeakerTree, Transcript, Turn, Word

WORDS = tuple(
    Word(text, float(at), at + 0.8, who, method="exact", speaker_confidence=0.9)
    for at, (text, who) in enumerate([("a", "A"), ("b", "A"), ("c", "A"), ("d", "B"), ("e", "B")])
)
TURNS = (Turn(0.0, 2.9, "A"), Turn(2.9, 5.0, "B"))
TALK = Transcript(
    WORDS,
    TURNS,
    TURNS,
    (Speaker("A", "Ana"), Speaker("B", "Ben")),
    speaker_tree=SpeakerTree((0, 1), ((0, 1),)),
)


def spans(turns: tuple[Turn, ...]) -> list[tuple[float, float, str]]:
    """Return turns as tuples, rounded."""
    return [(round(turn.start, 3), round(turn.end, 3), turn.speaker) for turn in turns]


def test_give_a_word_in_a_turn_cuts_the_turn_between_words() -> None:
    """The part of the turn reaches to the middle of the pauses around it, and the tree has its group."""
    after = give(TALK, {1: "B"})
    expected = [(0.0, 0.9, "A"), (0.9, 1.9, "B"), (1.9, 2.9, "A"), (2.9, 5.0, "B")]
    assert spans(after.turns) == spans(after.exclusive) == expected
    assert after.speaker_tree == SpeakerTree((0, 0, 0, 1), ((0, 1),))
    assert after.words[1] == replace(WORDS[1], speaker="B", method="reader", speaker_confidence=None)
    assert [after.words[at] for at in (0, 2, 3, 4)] == [WORDS[at] for at in (0, 2, 3, 4)]


def test_give_all_words_of_a_turn_moves_it_whole() -> None:
    """No sliver of the old speaker is left at its edges; touching turns of one speaker are one."""
    after = give(TALK, {0: "B", 1: "B", 2: "B"})
    assert spans(after.turns) == [(0.0, 5.0, "B")]
    assert spans(after.exclusive) == [(0.0, 2.9, "B"), (2.9, 5.0, "B")]


def test_give_leaves_the_turns_of_those_who_talk_over_it() -> None:
    """And the word's own new speaker is no longer another who talks."""
    words = (replace(WORDS[0], others=("B", "C")), *WORDS[1:])
    talk = replace(TALK, words=words, turns=(*TURNS, Turn(0.2, 0.6, "C")))
    after = give(talk, {0: "B"})
    assert after.words[0].others == ("C",)
    assert (0.2, 0.6, "C") in spans(after.turns)


def test_give_a_word_without_a_turn_adds_one() -> None:
    """Among the regular turns, as in the page."""
    after = give(replace(TALK, words=(replace(WORDS[0], speaker=None),), turns=(), exclusive=()), {0: "B"})
    assert spans(after.turns) == [(0.0, 0.8, "B")]
    assert after.exclusive == ()


def test_give_the_speakers_that_are_there_changes_nothing() -> None:
    """Not even how they were decided."""
    assert give(TALK, {0: "A", 4: "B"}) is TALK


def test_merged_speakers_are_one_in_words_turns_and_names() -> None:
    """Who talked over themselves no longer does; a chain of merges ends at its last."""
    words = (replace(WORDS[0], others=("B",)), *WORDS[1:])
    talk = replace(TALK, words=words, turns=(*TURNS, Turn(2.0, 3.5, "C")), speakers=(*TALK.speakers, Speaker("C", "C")))
    after = merged(talk, {"C": "B", "B": "A"})
    assert {word.speaker for word in after.words} == {"A"}
    assert after.words[0].others == ()
    assert spans(after.turns) == [(0.0, 5.0, "A")]
    assert after.speakers == (Speaker("A", "Ana"),)


def test_merged_in_a_circle_is_refused() -> None:
    """Nobody would be left."""
    with pytest.raises(UsageError, match="A and B cannot be merged into each other"):
        merged(TALK, {"A": "B", "B": "A"})


def test_united_turns_are_those_of_the_speakers_that_touch() -> None:
    """Others stay, also where they overlap."""
    turns = [Turn(0, 2, "A"), Turn(1, 3, "A"), Turn(0, 2, "B"), Turn(1, 3, "B"), Turn(5, 6, "A")]
    assert united(turns, {"A"}) == (Turn(0, 3, "A"), Turn(0, 2, "B"), Turn(1, 3, "B"), Turn(5, 6, "A"))


def test_halves_are_the_clusters_that_the_tree_joins_last() -> None:
    """The smaller half is the one that gets another id."""
    turns = (Turn(0.0, 0.9, "A"), Turn(0.9, 1.9, "A"), Turn(1.9, 2.9, "A"), Turn(2.9, 5.0, "B"))
    talk = replace(TALK, turns=turns, exclusive=turns, speaker_tree=SpeakerTree((0, 1, 2, 3), ((0, 2), (0, 1), (0, 3))))
    assert halves(talk, "A") == {0: False, 1: True, 2: False}


@pytest.mark.parametrize(("tree", "why"), [(None, "no speaker tree"), (TALK.speaker_tree, "All turns of A are alike")])
def test_halves_without_a_tree_that_divides_them_are_refused(tree: SpeakerTree | None, why: str) -> None:
    """The remedy names the times."""
    with pytest.raises(UsageError, match=f"{why}.*--speaker"):
        halves(replace(TALK, speaker_tree=tree), "A")
