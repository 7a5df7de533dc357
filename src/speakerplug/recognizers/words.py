"""Convert segments of faster-whisper, or objects of the same shape, to words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..attribution.word_times import interpolated
from ..transcript import Word


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
