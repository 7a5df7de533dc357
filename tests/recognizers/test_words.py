"""Segments of faster-whisper become words."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace as Of

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.recognizers.windows import Span
from speakerplug.recognizers.words import in_speech, words_of
from speakerplug.transcript import Removed, Word, text_of


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


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (6.4, 6.9, (5.6, 6.1)),
        (6.2, 6.2, (5.6, 6.1)),
        (5.5, 5.58, (5.5, 5.58)),
        (6.0, 6.9, (6.0, 6.9)),
        (2.05, 2.3, (2.05, 2.3)),
        (7.12, 7.15, (7.12, 7.15)),
    ],
    ids=["late", "without length", "early", "partly in speech", "where all speech has words", "far from speech"],
)
def test_word_after_speech_without_a_word_moves_into_it(start: float, end: float, expected: Span) -> None:
    """What is far from speech, touches it, or follows speech that has words stays where it is."""
    words = [Word("no", 0.0, 2.0), Word("anon", start, end), Word("and", 7.2, 7.5)]
    found = in_speech(words, [(0.0, 2.0), (5.6, 6.1), (7.2, 9.0)])
    assert (found[1].start, found[1].end) == pytest.approx(expected)
    assert found[::2] == (words[0], words[2])


def test_word_does_not_move_into_what_was_left_out() -> None:
    """It would stand where the JSON says that there are no words."""
    words = [Word("anon", 6.4, 6.9)]
    assert in_speech(words, [(5.6, 6.1)], [Removed(5.0, 5.8, "it loops")]) == tuple(words)


SPANS = st.lists(st.floats(0, 20, width=16), max_size=8, unique=True).map(
    lambda times: list(zip(sorted(times)[::2], sorted(times)[1::2], strict=False))
)


@given(SPANS, SPANS)
def test_words_in_any_speech_keep_their_order_and_never_overlap(spans: list[Span], speech: list[Span]) -> None:
    """Those that touch speech stay; the others move back by a second at most, into speech."""
    words = [Word(str(index), *span) for index, span in enumerate(spans)]
    found = in_speech(words, speech)
    assert [word.text for word in found] == [word.text for word in words]
    assert all((a.end or 0) <= (b.start or 0) + 1e-9 for a, b in pairwise(found))
    for word, (start, end) in zip(found, spans, strict=True):
        if (word.start, word.end) != (start, end):
            assert not any(a < end and start < b for a, b in speech)
            assert any(a <= (word.start or 0) < (word.end or 0) <= b for a, b in speech)
            assert start - 1.0 <= (word.start or 0) < start


@pytest.mark.parametrize(
    "words",
    [
        pytest.param([Word("a", 0.0, 2.0), Word("b", 0.5, 1.0), Word("c", 2.2, 2.4)], id="after overlapping words"),
        pytest.param([Word("a", 0.0, 2.0), Word("b", None, None), Word("c", 2.2, 2.4)], id="after one without times"),
        pytest.param([Word("a", 0.0, 1.0), Word("b", 2.5, 2.5)], id="without duration where speech begins"),
    ],
)
def test_word_after_speech_that_a_word_covers_or_that_touches_speech_stays(words: list[Word]) -> None:
    """Speech is covered by the longest of the words before, and a word lies in the speech that begins with it."""
    assert in_speech(words, [(0.0, 2.0), (2.5, 3.0)]) == tuple(words)
