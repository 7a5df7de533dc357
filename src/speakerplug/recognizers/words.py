"""Convert segments of faster-whisper, or objects of the same shape, to words."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from ..attribution.word_times import interpolated
from ..transcript import Removed, Word
from .windows import Span

LATE_S = 1.0
"""Whisper dates a word between two pauses up to 0.9 s late, on the open recordings, and seldom early."""
SHORTEST_S = 0.1
"""Fewest seconds of speech that are a word."""


def words_of(segments: Iterable[Any]) -> Iterator[Word]:
    """Yield the words of faster-whisper's segments, in order; a generator of segments is consumed lazily.

    A segment without word times (`word_timestamps` was off) is split into words with times in proportion to their
    length, marked as estimated.
    """
    for segment in segments:
        if getattr(segment, "words", None):
            yield from _timed(segment.words)
        else:
            yield from interpolated([(None, segment.text)], float(segment.start), float(segment.end))


def in_speech(words: Sequence[Word], speech: Sequence[Span], removed: Sequence[Removed] = ()) -> tuple[Word, ...]:
    """Return the words; one that lies outside all speech moves back into the speech before it that no word covers.

    Not into what was `removed`. Words and speech segments (start, end) are sorted. Words keep their order; a word
    without times stays without.
    """
    found: list[Word] = []
    before = 0.0
    for word in words:
        moved = _moved(word, speech, before)
        is_kept = moved is word or any(
            each.start < (moved.end or 0.0) and (moved.start or 0.0) < each.end for each in removed
        )
        found.append(word if is_kept else moved)
        before = max(before, found[-1].end or 0.0)  # of two words that overlap, the second may end first
    return tuple(found)


def _moved(word: Word, speech: Sequence[Span], before: float) -> Word:
    """Return the word in the last speech after the time `before`, unless it lies in speech or there is none."""
    if word.start is None or word.end is None:
        return word
    index = bisect_right(speech, word.end, key=lambda part: part[0]) - 1  # speech that begins at its end touches it
    if index < 0 or speech[index][1] > word.start:
        return word
    start, end = max(speech[index][0], before, word.start - LATE_S), speech[index][1]
    return replace(word, start=start, end=end) if end - start >= SHORTEST_S else word


def _timed(words: Iterable[Any]) -> Iterator[Word]:
    first = True
    for word in words:
        text = word.word.strip()
        if text:
            joined = _is_joined(word.word, first)
            confidence = round(float(word.probability), 4)
            yield Word(text, float(word.start), float(word.end), confidence=confidence, joined=joined)
            first = False


def _is_joined(text: str, first: bool) -> bool:
    """Return whether `text` follows the previous word without a space: Whisper starts all other words with one.

    At the start of a segment the space may be missing in a language with spaces, so there only text of scripts without
    spaces is joined.
    """
    return not text[:1].isspace() and not (first and text[:1].isascii())
