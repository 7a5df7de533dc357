"""Segments of faster-whisper become words."""

from __future__ import annotations

from types import SimpleNamespace as Of

from hypothesis import given
from hypothesis import strategies as st

from speakerplug.recognizers.words import words_of
from speakerplug.transcript import text_of


def segment_of(*texts: str) -> Of:
    return Of(start=0.0, end=1.0, text="", words=[Of(start=0.0, end=1.0, word=text, probability=0.5) for text in texts])


def test_words_of_a_segment_joins_a_word_without_a_leading_space() -> None:
    """A leading space marks a new word; a word without one is joined to the previous one."""
    found = tuple(words_of([segment_of(" suicide", "-pro", " poisoning,")]))
    assert [(word.text, word.joined) for word in found] == [("suicide", False), ("-pro", True), ("poisoning,", False)]
    assert text_of(found) == "suicide-pro poisoning,"


def test_words_of_chinese_joins_all_words() -> None:
    """Words are joined across segments, too."""
    assert text_of(words_of([segment_of("你", "好"), segment_of("世界")])) == "你好世界"


def test_words_of_a_latin_segment_without_a_leading_space_begins_a_new_word() -> None:
    """The first word of a segment is not joined to the last one of the previous segment."""
    assert text_of(words_of([segment_of(" the", " end."), segment_of("Next", " one")])) == "the end. Next one"


def test_words_of_a_segment_drops_empty_words() -> None:
    """White space that a tokenizer made a word of is dropped."""
    assert [word.text for word in words_of([segment_of(" a", " ", "", " b")])] == ["a", "b"]


def test_words_of_a_segment_without_word_times_estimates_them() -> None:
    """The time of the segment is shared by length, and the words are marked as estimated."""
    found = tuple(words_of([Of(start=2.0, end=4.0, text=" a bcd ", words=None)]))
    assert [(word.text, word.start, word.end, word.estimated) for word in found] == [
        ("a", 2.0, 2.5, True),
        ("bcd", 2.5, 4.0, True),
    ]


@given(st.lists(st.lists(st.text(max_size=6), max_size=6), max_size=6))
def test_words_of_any_segments_keeps_every_letter(segments: list[list[str]]) -> None:
    """All letters are kept in order, however they are tokenized."""
    found = tuple(words_of([segment_of(*texts) for texts in segments]))
    assert "".join("".join(w.text for w in found).split()) == "".join("".join("".join(s) for s in segments).split())
    assert all(word.text == word.text.strip() != "" for word in found)
