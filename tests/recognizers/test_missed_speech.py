"""Speech without words is found."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from speakerplug.recognizers.missed_speech import LONGEST, SHORTEST, gaps
from speakerplug.testing import words

Spans = list[tuple[float, float]]
SPANS = st.lists(st.tuples(st.integers(0, 400), st.integers(1, 120)), max_size=8).map(
    lambda spans: [(start / 8, (start + length) / 8) for start, length in spans]
)


def apart(spans: Spans) -> Spans:
    """The spans in order, those that touch another left out."""
    kept: Spans = []
    for span in sorted(spans):
        if not kept or span[0] > kept[-1][1]:
            kept.append(span)
    return kept


def test_a_passage_left_out_is_found() -> None:
    """Between the last word of one and the first of another there was speech."""
    assert gaps([(0.0, 10.0)], words(("a", 0.0, 2.0), ("b", 6.0, 10.0))) == [(2.0, 6.0)]


def test_short_stretches_are_nothing() -> None:
    """A breath between words is no passage."""
    assert gaps([(0.0, 3.0)], words(("a", 0.0, 1.2), ("b", 2.0, 3.0))) == []


def test_a_short_pause_does_not_end_a_passage() -> None:
    """Two stretches of speech with a breath and no word between them are one passage."""
    assert gaps([(0.0, 0.8), (1.0, 1.8)], ()) == [(0.0, 1.8)]
    assert gaps([(0.0, 0.8), (1.0, 1.8)], words(("a", 0.85, 0.9))) == []


def test_silence_needs_no_words() -> None:
    """Where nobody speaks nothing is missing."""
    assert gaps([], words(("a", 1.0, 2.0))) == []


@given(SPANS, SPANS)
def test_what_is_found_is_speech_without_words(speech: Spans, spoken: Spans) -> None:
    """No word reaches into a gap; gaps are long enough, not too long, in order, and begin and end in speech."""
    speech = apart(speech)
    found = gaps(speech, words(*(("w", start, end) for start, end in spoken)))
    assert found == sorted(found)
    for start, end in found:
        assert not any(min(end, b) - max(start, a) > 1e-9 for a, b in spoken)
        assert end - start <= LONGEST
        assert any(a <= start <= b for a, b in speech)
        assert any(a <= end <= b for a, b in speech) or end - start == LONGEST


@given(SPANS)
def test_without_words_all_long_speech_is_found(speech: Spans) -> None:
    """Every stretch of speech that is long enough lies in the gaps."""
    speech = apart(speech)
    found = gaps(speech, ())
    for start, end in speech:
        if end - start >= SHORTEST:
            assert sum(max(0.0, min(end, b) - max(start, a)) for a, b in found) >= end - start - 1e-9
