"""From a recognizer's segments to words."""

from __future__ import annotations

from types import SimpleNamespace as Of

from hypothesis import given
from hypothesis import strategies as st

from speakerplug.recognizers.words import words_of
from speakerplug.transcript import text_of


def heard(*texts: str) -> Of:
    return Of(start=0.0, end=1.0, text="", words=[Of(start=0.0, end=1.0, word=text, probability=0.5) for text in texts])


def test_white_space_is_told_by_joined() -> None:
    """A leading space is the sign of a new word; without it a word is written onto the one before."""
    spoken = tuple(words_of([heard(" suicide", "-pro", " poisoning,")]))
    assert [(word.text, word.joined) for word in spoken] == [("suicide", False), ("-pro", True), ("poisoning,", False)]
    assert text_of(spoken) == "suicide-pro poisoning,"


def test_a_language_without_spaces_stays_without() -> None:
    """Chinese words are joined, across segments too."""
    assert text_of(words_of([heard("你", "好"), heard("世界")])) == "你好世界"


def test_a_segment_that_begins_without_a_space_is_a_new_word_in_a_language_with_spaces() -> None:
    """The first word of a segment is not glued to the last one of the segment before."""
    assert text_of(words_of([heard(" the", " end."), heard("Next", " one")])) == "the end. Next one"


def test_empty_words_are_left_out() -> None:
    """White space that a tokenizer made a word of is no word."""
    assert [word.text for word in words_of([heard(" a", " ", "", " b")])] == ["a", "b"]


def test_a_segment_without_word_times_shares_its_time() -> None:
    """Where the host did not ask for word times, words lie over their segment by length and are marked estimated."""
    spoken = tuple(words_of([Of(start=2.0, end=4.0, text=" a bcd ", words=None)]))
    assert [(word.text, word.start, word.end, word.estimated) for word in spoken] == [
        ("a", 2.0, 2.5, True),
        ("bcd", 2.5, 4.0, True),
    ]


@given(st.lists(st.lists(st.text(max_size=6), max_size=6), max_size=6))
def test_no_letter_is_lost(segments: list[list[str]]) -> None:
    """Whatever the tokenizer makes, the letters come out in order."""
    spoken = tuple(words_of([heard(*texts) for texts in segments]))
    assert "".join("".join(w.text for w in spoken).split()) == "".join("".join("".join(s) for s in segments).split())
    assert all(word.text == word.text.strip() != "" for word in spoken)
