"""From a recognizer's segments to words: faster-whisper's own objects, and anything of their shape."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..attribution.word_times import spread
from ..transcript import Word


def words_of(segments: Iterable[Any]) -> Iterator[Word]:
    """The words of faster-whisper's segments, in order; a generator of segments is read as it comes.

    The words of a segment without word times (`word_timestamps` was off) share its time by length and are
    marked estimated.
    """
    for segment in segments:
        if getattr(segment, "words", None):
            yield from _timed(segment.words)
        else:
            yield from _untimed(segment)


def _timed(words: Iterable[Any]) -> Iterator[Word]:
    first = True
    for word in words:
        text = word.word.strip()
        if text:
            joined = _is_joined(word.word, first)
            confidence = round(float(word.probability), 4)
            yield Word(text, float(word.start), float(word.end), confidence=confidence, joined=joined)
            first = False


def _untimed(segment: Any) -> Iterator[Word]:
    """The segment's text split at spaces and laid out over its time, by length."""
    texts = segment.text.split()
    times = spread(list(map(len, texts)), float(segment.start), float(segment.end))
    for text, (start, end) in zip(texts, times, strict=True):
        yield Word(text, start, end, estimated=True)


def _is_joined(text: str, first: bool) -> bool:
    """Whether `text` is written onto the word before: Whisper puts a space in front of every word that is not.

    At the start of a segment the space can be missing in a language that has spaces; only scripts without
    spaces go on there.
    """
    return not text[:1].isspace() and not (first and text[:1].isascii())
