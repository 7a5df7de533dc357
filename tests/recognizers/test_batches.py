"""A recording is recognized batch by batch, and finished batches are kept."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.recognizers.batches import CONTEXT_WORDS, LONGEST, SHORTEST, BatchedRecognition, missed_speech
from speakerplug.recognizers.fallback import Recognized
from speakerplug.recognizers.windows import Span, Window
from speakerplug.testing import words
from speakerplug.transcript import Removed, Word

SPEECH = [(start, start + 20.0) for start in (1.0, 31.0, 61.0, 91.0, 121.0)]
"""Each is a window."""
END = 150.0

Spans = list[tuple[float, float]]
SPEECH_SPANS = st.lists(st.tuples(st.integers(0, 400), st.integers(1, 120)), max_size=8).map(
    lambda spans: [(start / 8, (start + length) / 8) for start, length in spans]
)


class FakeWhisper:
    """Recognize a word every half second, but none in `skips` the first time; the calls in `fails` fail."""

    def __init__(self, skips: Span = (0.0, 0.0), fails: Sequence[int] = ()) -> None:
        self.batches: list[list[Window]] = []
        self.before: list[str] = []
        self.confidence = 0.9
        self._skips, self._fails, self._calls = skips, fails, 0

    def __call__(self, batch: Sequence[Window], before: Sequence[str]) -> Recognized:
        """Return the words of the windows."""
        self._calls += 1
        if self._calls in self._fails:
            raise MemoryError("out of memory")
        self.before.extend(before)
        first = not any(window in seen for seen in self.batches for window in batch)
        self.batches.append(list(batch))
        spans = [span for window in batch for span in window]
        words = [word for span in spans for word in self._words(span) if first and not self._skipped(word, span)]
        return Recognized(tuple(words))

    def _words(self, span: Span) -> list[Word]:
        starts = [span[0] + 0.5 * index for index in range(int((span[1] - span[0]) / 0.5))]
        return [Word(f"{start:g}", start, start + 0.5, confidence=self.confidence) for start in starts]

    def _skipped(self, word: Word, span: Span) -> bool:
        assert word.start is not None
        return span[1] - span[0] > 5.0 and self._skips[0] <= word.start < self._skips[1]


def all_of(recognition: BatchedRecognition, whisper: FakeWhisper, batch_size: int = 2) -> tuple[Word, ...]:
    """Return all words of a recording."""
    while recognition.advance(whisper, batch_size):
        pass
    return recognition.words


def test_advance_recognizes_every_window_in_batches() -> None:
    """Batches are of two windows, the last of one; words are sorted by start."""
    whisper = FakeWhisper()
    words = all_of(BatchedRecognition(SPEECH, END), whisper)
    assert [len(batch) for batch in whisper.batches] == [2, 2, 1]
    assert [word.start for word in words] == sorted(word.start or 0.0 for word in words)


@given(st.lists(st.integers(1, 9), max_size=6), st.integers(1, 4))
def test_advance_after_out_of_memory_repeats_only_the_failed_batch(fails: list[int], batch_size: int) -> None:
    """With smaller batches after each error, no window is recognized twice, and none is lost."""
    recognition, whisper = BatchedRecognition(SPEECH, END), FakeWhisper(fails=fails)
    more = True
    while more:
        try:
            more = recognition.advance(whisper, batch_size)
        except MemoryError:
            batch_size = max(1, batch_size - 1)
    recognized = [window for batch in whisper.batches for window in batch]
    assert len(recognized) == len(set(recognized)) == len(SPEECH)
    assert recognition.words == all_of(BatchedRecognition(SPEECH, END), FakeWhisper())


@pytest.mark.parametrize("skipped", [35.0, 125.0])
def test_advance_with_a_skipped_passage_recognizes_it_again(skipped: float) -> None:
    """Its words are inserted in order of time, and no word is repeated, in the last window or before."""
    whisper = FakeWhisper(skips=(skipped, skipped + 3.0))
    words = all_of(BatchedRecognition(SPEECH, END), whisper)
    assert whisper.batches[-1][0][0] == pytest.approx((skipped - 0.1, skipped + 3.3), abs=0.2)
    found = [word for word in words if word.start and skipped <= word.start < skipped + 3.0]
    assert len(found) >= 5
    assert [word.start for word in words] == sorted({word.start or 0.0 for word in words})


def test_advance_with_a_skipped_passage_gives_the_words_before_it() -> None:
    """They are a prompt: the last ones, up to where the passage begins. The first pass has none."""
    whisper = FakeWhisper(skips=(75.0, 78.0))
    all_of(BatchedRecognition(SPEECH, END), whisper)
    *first, before = whisper.before
    assert set(first) == {""}
    assert len(before.split()) == CONTEXT_WORDS
    assert 74.0 < max(map(float, before.split())) < 75.0


def test_advance_with_unsure_words_before_a_passage_gives_none() -> None:
    """Words that may be wrong would mislead."""
    whisper = FakeWhisper(skips=(75.0, 78.0))
    whisper.confidence = 0.6
    all_of(BatchedRecognition(SPEECH, END), whisper)
    assert set(whisper.before) == {""}


def test_advance_recognizes_skipped_passages_in_one_window() -> None:
    """A window costs the same however full it is, so the passages share one."""
    whisper = FakeWhisper(skips=(15.0, 35.0))
    all_of(BatchedRecognition(SPEECH, END), whisper)
    (window,) = whisper.batches[-1]
    assert [len(batch) for batch in whisper.batches] == [2, 2, 1, 1]
    assert len(window) == 2


def test_long_skipped_passage_is_cut_without_overlap() -> None:
    """A word at the cut would be found twice; at its ends the passage has a margin."""
    windows = list[Window]()
    recognition = BatchedRecognition([(5.0, 34.0), (34.1, 63.0)], 70.0)
    while recognition.advance(lambda batch, before: windows.extend(batch) or Recognized(), 8):
        pass
    again = sorted(span for window in windows[-3:] for span in window)
    assert (again[0][0], again[-1][1]) == (4.8, 63.2)
    assert len(again) == 3
    assert all(one[1] <= two[0] for one, two in pairwise(again))


@given(SPEECH_SPANS, st.integers(1, 3))
def test_advance_recognizes_all_speech_whatever_whisper_skips(speech: Spans, batch_size: int) -> None:
    """The first pass covers all speech once; the passages of the second are in it, and are recognized once."""
    speech, seen = apart(speech), list[Span]()

    def silent(batch: Sequence[Window], before: Sequence[str]) -> Recognized:
        """Recognize nothing."""
        assert all(sum(end - start for start, end in window) <= 30.0 + 1e-6 for window in batch)
        seen.extend(span for window in batch for span in window)
        return Recognized()

    recognition = BatchedRecognition(speech, 100.0)
    while recognition.advance(silent, batch_size):
        pass
    for start, end in speech:
        times = sum(max(0.0, min(end, b) - max(start, a)) for a, b in seen) / (end - start)
        assert times >= (2 if end - start >= SHORTEST else 1) - 1e-6
        assert times <= 3
    assert recognition.until == 100.0


def test_advance_without_speech_recognizes_nothing() -> None:
    """No batch is recognized in a recording without speech."""
    whisper = FakeWhisper()
    assert all_of(BatchedRecognition([], END), whisper) == ()
    assert whisper.batches == []


def test_until_is_the_start_of_the_next_window() -> None:
    """After the first pass it is the duration of the recording."""
    recognition = BatchedRecognition(SPEECH, END)
    reached = [recognition.until]
    while recognition.advance(FakeWhisper(), 2):
        reached.append(recognition.until)
    assert reached == sorted(reached)
    assert reached[-1] == END


def apart(spans: Spans) -> Spans:
    """Return the spans sorted, without those that touch a previous one."""
    kept: Spans = []
    for span in sorted(spans):
        if not kept or span[0] > kept[-1][1]:
            kept.append(span)
    return kept


def test_missed_speech_between_words_is_found() -> None:
    """Speech between the last word of one window and the first of the next is missed speech."""
    assert missed_speech([(0.0, 10.0)], words(("a", 0.0, 2.0), ("b", 6.0, 10.0))) == [(2.0, 6.0)]


def test_missed_speech_that_is_short_is_ignored() -> None:
    """A breath between words is not a skipped passage."""
    assert missed_speech([(0.0, 3.0)], words(("a", 0.0, 1.2), ("b", 2.0, 3.0))) == []


def test_missed_speech_is_joined_over_a_short_pause() -> None:
    """Two speech segments with a short pause and no word between them are one passage."""
    assert missed_speech([(0.0, 0.8), (1.0, 1.8)], ()) == [(0.0, 1.8)]
    assert missed_speech([(0.0, 0.8), (1.0, 1.8)], words(("a", 0.85, 0.9))) == []


def test_missed_speech_without_speech_is_empty() -> None:
    """Nothing is missing where there is no speech."""
    assert missed_speech([], words(("a", 1.0, 2.0))) == []


@given(SPEECH_SPANS, SPEECH_SPANS)
def test_missed_speech_covers_no_word(speech: Spans, spoken: Spans) -> None:
    """Passages contain no word, are sorted, long enough, not too long, and begin and end in speech."""
    speech = apart(speech)
    found = missed_speech(speech, words(*(("w", start, end) for start, end in spoken)))
    assert found == sorted(found)
    for start, end in found:
        assert not any(min(end, b) - max(start, a) > 1e-9 for a, b in spoken)
        assert end - start <= LONGEST
        assert any(a <= start <= b for a, b in speech)
        assert any(a <= end <= b for a, b in speech) or end - start == LONGEST


@given(SPEECH_SPANS)
def test_missed_speech_without_words_covers_all_long_segments(speech: Spans) -> None:
    """Every speech segment that is long enough lies in the passages."""
    speech = apart(speech)
    found = missed_speech(speech, ())
    for start, end in speech:
        if end - start >= SHORTEST:
            assert sum(max(0.0, min(end, b) - max(start, a)) for a, b in found) >= end - start - 1e-9


def test_removed_passages_are_sorted_joined_where_they_touch_and_not_recognized_again() -> None:
    """Neither pass looks for words where something was left out; another reason stays apart."""
    left_out = {1.0: "it loops", 31.0: "it loops", 61.0: "improbable"}
    seen: list[Span] = []

    def recognize(batch: Sequence[Window], before: Sequence[str]) -> Recognized:
        """Leave out the first three windows, up to the next one; recognize all of the others."""
        spans = [window[0] for window in batch]
        seen.extend(spans)
        starts = [min(left_out, key=lambda start: abs(start - span[0])) for span in spans]
        removed = [
            Removed(start, start + 30.0, left_out[start])
            for start, span in zip(starts, spans, strict=True)
            if abs(start - span[0]) < 5.0
        ]
        words = [Word("all", *span) for span in spans if span[0] > 85.0]
        return Recognized(tuple(words), tuple(reversed(removed)))

    recognition = BatchedRecognition(SPEECH, END)
    while recognition.advance(recognize, 5):
        pass
    assert recognition.removed == (Removed(1.0, 61.0, "it loops"), Removed(61.0, 91.0, "improbable"))
    assert len(seen) == len(SPEECH)
