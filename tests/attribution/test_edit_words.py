"""Corrected words: what stays, and the times of what is new."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.attribution.edit_words import replaced, respelled
from speakerplug.attribution.word_times import interpolated
from speakerplug.transcript import Word, text_of


def spoken(text: str) -> tuple[Word, ...]:
    """Return words of half a second, one a second, each with a confidence."""
    words = interpolated([("A", text)], None, None)
    return tuple(
        replace(word, start=float(at), end=at + 0.5, confidence=0.9, method="exact", speaker_confidence=0.8)
        for at, word in enumerate(words)
    )


def typed(text: str, speaker: str = "A") -> list[Word]:
    """Return the words of subtitles."""
    return interpolated([(speaker, text)], 100.0, 200.0)


def test_respelled_with_the_same_text_keeps_every_word() -> None:
    """Capitals and punctuation are those of the copy; times and confidences stay."""
    words = spoken("hello there you")
    made = [each.word for each in respelled(words, typed("Hello, there. You!"))]
    assert made == [replace(word, text=text) for word, text in zip(words, ["Hello,", "there.", "You!"], strict=True)]


def test_respelled_word_for_a_word_has_its_times_and_no_confidence() -> None:
    """A person is sure, the recognizer was not."""
    made = respelled(spoken("so Jon said"), typed("so John said"))
    assert made[1].word == replace(spoken("so Jon said")[1], text="John", confidence=None)
    assert [each.same for each in made] == [True, False, True]


@pytest.mark.parametrize(
    ("before", "after", "times"),
    [
        ("one two three", "one three", [(0.0, 0.5), (2.0, 2.5)]),
        ("one two", "one or two", [(0.0, 0.5), (0.5, 0.68), (1.0, 1.5)]),
        ("one foo three", "one a foe three", [(0.0, 0.5), (1.0, 1.125), (1.125, 1.5), (2.0, 2.5)]),
        ("one", "one more", [(0.0, 0.5), (0.5, 0.8)]),
        ("two", "one two", [(0.0, 0.0), (0.0, 0.5)]),
    ],
)
def test_respelled_with_more_or_fewer_words_keeps_the_times_of_others(
    before: str, after: str, times: list[tuple[float, float]]
) -> None:
    """New words share the time of those that they replace, or begin after the one before them."""
    made = respelled(spoken(before), typed(after))
    assert [(each.word.start, each.word.end) for each in made] == times
    kept = {*before.split()}
    assert [each.word.estimated for each in made] == [word not in kept for word in after.split()]


def test_respelled_parts_of_a_word_stay_divided() -> None:
    """A recognizer divides "well-known", subtitles do not."""
    words = (Word("well", 0.0, 0.4, "A"), Word("-known", 0.4, 0.9, "A", joined=True), Word("fact", 1.0, 1.5, "A"))
    assert [each.word for each in respelled(words, typed("well-known fact"))] == list(words)


def test_respelled_chinese_keeps_what_is_around_a_correction() -> None:
    """Without spaces, the text at both ends of a run stays, however it is divided."""
    words = (Word("今天", 0.0, 0.5), Word("天汽", 0.5, 1.0, joined=True), Word("很好", 1.0, 2.0, joined=True))
    made = [each.word for each in respelled(words, typed("今天天气很好"))]
    assert text_of(made) == "今天天气很好"
    assert (made[0], made[-1]) == (words[0], words[-1])


def test_respelled_says_who_speaks_in_the_copy() -> None:
    """The word keeps its own speaker; the caller decides."""
    written = [*typed("yes", "Ana"), *typed("no", "Ben")]
    assert [(each.word.speaker, each.speaker) for each in respelled(spoken("yes no"), written)] == [
        ("A", "Ana"),
        ("A", "Ben"),
    ]


texts = st.lists(st.sampled_from(["a", "b", "c", "don't", "so,", "今天"]), max_size=12).map(" ".join)


@given(texts, texts)
def test_respelled_has_the_text_of_the_copy_and_sorted_times(before: str, after: str) -> None:
    """Whatever was changed, the result reads as the copy, and every word has times."""
    made = [each.word for each in respelled(spoken(before), typed(after) if after else [])]
    assert text_of(made) == after
    starts = [word.start or 0.0 for word in made]
    assert starts == sorted(starts)
    assert all(word.start is not None and word.end is not None and word.start <= word.end for word in made)


@pytest.mark.parametrize(
    ("text", "old", "new", "result", "count"),
    [
        ("how voice it works", "voice it", "voice it is", "how voice it is works", 1),
        ("(voice it.) voice it", "voice it", "Voyce", "(Voyce.) Voyce", 2),
        ("voice items", "voice it", "x", "voice items", 0),
        ("um, so um, yes", "um,", "", "so yes", 2),
        ("a um b", "um", "", "a b", 1),
        ("今天天汽很好", "天汽", "天气", "今天天气很好", 1),
        ("", "a", "b", "", 0),
    ],
)
def test_replaced_writes_whole_words_otherwise(text: str, old: str, new: str, result: str, count: int) -> None:
    """Punctuation around the phrase stays; a part of a longer word is not the phrase."""
    words, found = replaced(spoken(text), old, new)
    assert (text_of(words), found) == (result, count)


def test_replaced_keeps_the_times_of_words_that_stay() -> None:
    """Only the new word is estimated."""
    words, _ = replaced(spoken("how voice it works"), "voice it", "voice it is")
    own = spoken("how voice it works")
    assert [words[0], words[1], words[2], words[4]] == list(own)
    assert words[3].estimated
    assert (words[3].start, words[3].end) == (2.5, 2.68)
