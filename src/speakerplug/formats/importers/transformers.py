"""transformers' speech recognition pipeline: `chunks`, each with a text and a pair of times, whose end may be null."""

from __future__ import annotations

from typing import Any

from ...attribution.text import divisible
from ...attribution.word_times import interpolated
from ...errors import shown
from ...transcript import Word
from ..languages import language_code
from .fields import Record, are_all, records, seconds, speaker, text
from .words import ParsedWords, json_format, spaced

SPACELESS = 8
"""Chunks without spaces are words up to this average number of characters of scripts without spaces."""
LETTERS_A_SECOND = 15


def matches(document: Any) -> bool:
    """Return whether it is an object with `chunks` that each have a text."""
    return isinstance(document, dict) and are_all(lambda chunk: "text" in chunk, document.get("chunks"))


def read(document: Any) -> ParsedWords:
    """Return all chunks: words with return_timestamps="word", else segments whose words share their time.

    The last chunk may have no end: its duration is then estimated from its text.
    """
    chunks = records(document["chunks"], "`chunks`")
    starts = [_pair(chunk)[0] for chunk in chunks]
    words = [_whole(chunk, following) for chunk, following in zip(chunks, [*starts, None][1:], strict=True)]
    if not _are_words([word.text for word in words]):
        words = [part for word in words for part in interpolated([(word.speaker, word.text)], word.start, word.end)]
        return ParsedWords(tuple(words), _language(chunks))
    return ParsedWords(tuple(spaced(words, text(document, "text"))), _language(chunks))


def _whole(chunk: Record, following: float | None) -> Word:
    start, end = _pair(chunk)
    said = text(chunk, "text")
    estimated = start is not None and end is None
    if start is not None and end is None:
        end = start + len(said.strip()) / LETTERS_A_SECOND
        end = end if following is None or following < start else min(end, following)
    return Word(said, start, end, speaker(chunk.get("speaker")), estimated=estimated)


def _pair(chunk: Record) -> tuple[float | None, float | None]:
    pair = chunk.get("timestamp") or (None, None)
    if not isinstance(pair, (list, tuple)) or len(pair) != 2:
        raise ValueError(f"the timestamp {shown(pair)} is not a pair of times")
    return seconds(pair[0]), seconds(pair[1])


def _are_words(texts: list[str]) -> bool:
    cores = [text.strip() for text in texts]
    spaceless = sum(divisible(char, char) for core in cores for char in core)
    return not any(char.isspace() for core in cores for char in core) and spaceless <= SPACELESS * len(cores)


def _language(chunks: list[Record]) -> str | None:
    return next((code for chunk in chunks if (code := language_code(chunk.get("language")))), None)


FORMAT = json_format("transformers", "transformers' pipeline", matches, read)
