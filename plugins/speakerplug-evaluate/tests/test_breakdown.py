from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from speakerplug.transcript import Turn, Word
from speakerplug_evaluate.alignment import align
from speakerplug_evaluate.breakdown import CLASSES, breakdown, true_turns_of
from speakerplug_evaluate.rates import pooled
from speakerplug_evaluate.scoring import wder


def spoken(*turns: tuple[str, int, float]) -> list[Word]:
    """Return distinct words half a second long without pauses, from (speaker, words, start) for each turn."""
    words = []
    for speaker, count, start in turns:
        words += [Word(f"{speaker}{len(words) + i}", start + i / 2, start + i / 2 + 0.5, speaker) for i in range(count)]
    return words


def given_to(words: list[Word], *others: tuple[int, str | None]) -> list[Word]:
    """Return the words, some of them (by index) with another speaker."""
    changed = list(words)
    for index, speaker in others:
        changed[index] = replace(changed[index], speaker=speaker)
    return changed


def classes(reference: list[Word], hypothesis: list[Word], turns: list[Turn] | None = None) -> dict[str, int]:
    return dict(breakdown(reference, hypothesis, align(reference, hypothesis), turns))


EVERYWHERE = [Turn(0, 1000, "S")]
TALK = spoken(("ann", 12, 0.0), ("bob", 12, 6.0), ("ann", 12, 12.0))


def test_word_at_a_change_of_speaker_is_an_edge() -> None:
    """The first and the last word of a turn are near an edge; words in its middle are not."""
    assert classes(TALK, given_to(TALK, (12, "ann"), (23, "ann")), EVERYWHERE) == {"edge": 2}
    assert classes(TALK, given_to(TALK, (17, "ann")), EVERYWHERE) == {"other": 1}


def test_turn_without_a_right_word_is_a_whole_turn() -> None:
    """All its words are in this class, even at its edges; with one right word, none is."""
    last = [(index, "bob") for index in range(24, 36)]
    assert classes(TALK, given_to(TALK, *last), EVERYWHERE) == {"whole_turn": 12}
    assert classes(TALK, given_to(TALK, *last[:-1]), EVERYWHERE) == {"edge": 2, "other": 9}


def test_turn_of_two_words_is_a_backchannel() -> None:
    """One of three words is not."""
    for count, expected in ((2, {"backchannel": 2}), (3, {"whole_turn": 3})):
        talk = spoken(("ann", 12, 0.0), ("bob", count, 6.0), ("ann", 12, 8.0), ("bob", 12, 14.0))
        lost = given_to(talk, *((index, "ann") for index in range(12, 12 + count)))
        assert classes(talk, lost, EVERYWHERE) == expected


def test_word_inside_another_turn_is_overlapped() -> None:
    """This class has precedence over all others."""
    talk = spoken(("ann", 12, 0.0), ("bob", 2, 2.0), ("bob", 12, 8.0))
    assert classes(talk, given_to(talk, (12, "ann"), (13, "ann")), []) == {"overlap": 2}


def test_word_outside_of_the_systems_turns_is_missed() -> None:
    """By the system's turns, or for a word without a speaker."""
    wrong = given_to(TALK, (17, "ann"))
    assert classes(TALK, wrong, [Turn(0, 8, "S"), Turn(10, 20, "S")]) == {"missed": 1}
    assert classes(TALK, wrong, None) == {"other": 1}
    for turns in (None, EVERYWHERE):
        assert classes(TALK, given_to(TALK, (17, None)), turns) == {"missed": 1}


def test_pause_ends_a_turn() -> None:
    """After a second or more, another turn begins, of whichever speaker."""
    words = spoken(("ann", 3, 0.0), ("ann", 3, 2.5), ("ann", 3, 5.1), ("bob", 1, 7.0))
    assert [turn.words for turn in true_turns_of(words)] == [range(6), range(6, 9), range(9, 10)]


WORDS = st.builds(
    lambda text, start, length, speaker: Word(text, start, start + length, speaker),
    st.sampled_from("abc"), st.floats(0, 30), st.floats(0, 1), st.sampled_from(["ann", "bob", "cy"]),
)  # fmt: skip
SPOKEN = st.builds(lambda word, nobody: replace(word, speaker=None) if nobody else word, WORDS, st.booleans())
TURNS = st.lists(
    st.builds(lambda start, length: Turn(start, start + length, "S"), st.floats(0, 30), st.floats(0, 5)), max_size=5
)


@given(st.lists(WORDS, max_size=20), st.lists(SPOKEN, max_size=20), st.none() | TURNS)
def test_every_wrong_word_is_in_one_class(reference: list[Word], words: list[Word], turns: list[Turn] | None) -> None:
    """The classes are a partition: for any words, they add up to the errors of WDER."""
    pairs = align(reference, words)
    found = breakdown(reference, words, pairs, turns)
    assert set(found) <= set(CLASSES)
    assert sum(found.values()) == pooled(wder(reference, words, pairs)).errors


@given(st.lists(WORDS, max_size=20), st.lists(SPOKEN, max_size=20))
def test_speaker_names_do_not_matter(reference: list[Word], words: list[Word]) -> None:
    """With other names of the true speakers, the classes are the same."""
    names = {"ann": "x", "bob": "y", "cy": "z", None: None}
    renamed = [replace(word, speaker=names[word.speaker]) for word in reference]
    assert classes(renamed, words) == classes(reference, words)
