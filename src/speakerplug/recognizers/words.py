"""Convert segments of faster-whisper, or objects of the same shape, to words."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from ..attribution.word_times import interpolated
from ..transcript import Word
from .windows import Span

NEAR_S = 1.0
"""A word moves at most so far to where speech is; Whisper dates short sentences between pauses up to 0.7 s late."""
SHORTEST_S = 0.1
"""Seconds of speech that a word can be."""


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


def in_speech(words: Sequence[Word], speech: Sequence[Span]) -> tuple[Word, ...]:
    """Return the words; one that lies outside all speech moves into speech beside it that no word covers.

    Words and speech segments (start, end) are sorted. A word stays between the words before and after it.
    """
    found: list[Word] = []
    for word, following in pairwise((*words, None)):
        assert word is not None
        before = max((each.end or 0.0 for each in found[-1:]), default=0.0)
        after = (following.start or 0.0) if following else float("inf")
        found.append(_moved(word, speech, before, after))
    return tuple(found)


def _moved(word: Word, speech: Sequence[Span], before: float, after: float) -> Word:
    """Return the word in the nearest speech between two times, unless it lies in speech or none is near."""
    if word.start is None or word.end is None:
        return word
    start, end = word.start, word.end
    near = speech[bisect_left(speech, start - NEAR_S, key=lambda part: part[1]) :]
    near = near[: bisect_left(near, end + NEAR_S, key=lambda part: part[0])]
    if any(a < end and start < b for a, b in near):
        return word
    free = [(max(a, before, start - NEAR_S), min(b, after, end + NEAR_S)) for a, b in near]
    free = [(a, b) for a, b in free if b - a >= SHORTEST_S]
    if not free:
        return word
    a, b = min(free, key=lambda part: max(part[0] - end, start - part[1]))
    return replace(word, start=a, end=b)


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
