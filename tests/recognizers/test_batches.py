"""A recording is heard batch by batch, and what was heard stays heard."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.recognizers.batches import LONGEST, SHORTEST, Hearing, gaps
from speakerplug.recognizers.windows import Span
from speakerplug.testing import words
from speakerplug.transcript import Word

SPEECH = [(start, start + 8.0) for start in (1.0, 20.0, 41.0, 60.0, 81.0)]
"""Pauses between them are long: a window each."""

Spans = list[tuple[float, float]]
SPANS = st.lists(st.tuples(st.integers(0, 400), st.integers(1, 120)), max_size=8).map(
    lambda spans: [(start / 8, (start + length) / 8) for start, length in spans]
)


class Ear:
    """Hears a word every half second, but none in `deaf` the first time, and fails where it is told to."""

    def __init__(self, deaf: Span = (0.0, 0.0), fails: Sequence[int] = ()) -> None:
        self.batches: list[list[Span]] = []
        self._deaf, self._fails, self._calls = deaf, fails, 0

    def __call__(self, batch: Sequence[Span]) -> list[Word]:
        """The words of the windows."""
        self._calls += 1
        if self._calls in self._fails:
            raise MemoryError("out of memory")
        first = not any(window in heard for heard in self.batches for window in batch)
        self.batches.append(list(batch))
        return [word for window in batch for word in self._words(window) if first and not self._is_deaf(word, window)]

    def _words(self, window: Span) -> list[Word]:
        starts = [window[0] + 0.5 * index for index in range(int((window[1] - window[0]) / 0.5))]
        return [Word(f"{start:g}", start, start + 0.5) for start in starts]

    def _is_deaf(self, word: Word, window: Span) -> bool:
        assert word.start is not None
        return window[1] - window[0] > 5.0 and self._deaf[0] <= word.start < self._deaf[1]


def all_of(hearing: Hearing, ear: Ear, batch_size: int = 2) -> tuple[Word, ...]:
    """Everything that is to be heard."""
    while hearing.go_on(ear, batch_size):
        pass
    return hearing.words


def test_every_window_is_heard_in_batches() -> None:
    """Two at once, the last one alone; words come in the order of time."""
    ear = Ear()
    words = all_of(Hearing(SPEECH, 90.0), ear)
    assert [len(batch) for batch in ear.batches] == [2, 2, 1]
    assert [word.start for word in words] == sorted(word.start or 0.0 for word in words)


@given(st.lists(st.integers(1, 9), max_size=6), st.integers(1, 4))
def test_a_batch_that_fails_is_heard_again_and_no_other(fails: list[int], batch_size: int) -> None:
    """After running out of memory it goes on with smaller batches; no window is heard twice, none is lost."""
    hearing, ear = Hearing(SPEECH, 90.0), Ear(fails=fails)
    more = True
    while more:
        try:
            more = hearing.go_on(ear, batch_size)
        except MemoryError:
            batch_size = max(1, batch_size - 1)
    heard = [window for batch in ear.batches for window in batch]
    assert len(heard) == len(set(heard)) == len(SPEECH)
    assert hearing.words == all_of(Hearing(SPEECH, 90.0), Ear())


def test_a_passage_without_words_is_heard_again() -> None:
    """Its words take their place among the others, and none that was there already comes twice."""
    ear = Ear(deaf=(22.0, 25.0))
    words = all_of(Hearing(SPEECH, 90.0), ear)
    again = ear.batches[-1]
    assert len(again) == 1
    assert again[0] == pytest.approx((21.9, 25.3), abs=0.2)
    found = [word for word in words if word.start and 22.0 <= word.start < 25.0]
    assert len(found) >= 5
    assert [word.start for word in words] == sorted(word.start or 0.0 for word in words)


def test_silence_needs_no_ear() -> None:
    """Without speech nothing is heard."""
    ear = Ear()
    assert all_of(Hearing([], 90.0), ear) == ()
    assert ear.batches == []


def test_it_tells_how_far_it_is() -> None:
    """Up to the next window; at the end of the first hearing, to the end of the recording."""
    hearing = Hearing(SPEECH, 90.0)
    reached = [hearing.until]
    while hearing.go_on(Ear(), 2):
        reached.append(hearing.until)
    assert reached == sorted(reached)
    assert reached[-1] == 90.0


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
