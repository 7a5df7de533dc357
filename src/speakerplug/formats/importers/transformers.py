"""transformers' speech recognition pipeline: `chunks`, each with a text and a pair of times, whose end may be null.

insanely-fast-whisper writes the same, and the chunks with their speakers once more in `speakers`.
"""

from __future__ import annotations

from typing import Any

from ...errors import shown
from ..languages import language_code
from .fields import Record, are_all, records, seconds, speaker, text
from .utterances import Utterance, words_of_parts
from .words import ParsedWords, json_format


def matches(document: Any) -> bool:
    """Return whether it is an object with `chunks` that each have a text."""
    return isinstance(document, dict) and are_all(lambda chunk: "text" in chunk, document.get("chunks"))


def read(document: Any) -> ParsedWords:
    """Return all chunks: words with return_timestamps="word", else segments whose words share their time.

    The last chunk may have no end: its duration is then estimated from its text.
    """
    chunks = records(document["chunks"], "`chunks`")
    speakers = _speakers(records(document.get("speakers"), "`speakers`"))
    parts = [_part(chunk, speakers) for chunk in chunks]
    return ParsedWords(tuple(words_of_parts(parts, text(document, "text"))), _language(chunks))


def _speakers(chunks: list[Record]) -> dict[tuple[Any, ...], str | None]:
    """Return the speakers of insanely-fast-whisper by the times and the text of a chunk."""
    return {(*_pair(chunk), text(chunk, "text")): speaker(chunk.get("speaker")) for chunk in chunks}


def _part(chunk: Record, speakers: dict[tuple[Any, ...], str | None]) -> Utterance:
    times, said = _pair(chunk), text(chunk, "text")
    return Utterance(said, *times, speaker(chunk.get("speaker")) or speakers.get((*times, said)))


def _pair(chunk: Record) -> tuple[float | None, float | None]:
    pair = chunk.get("timestamp") or (None, None)
    if not isinstance(pair, (list, tuple)) or len(pair) != 2:
        raise ValueError(f"the timestamp {shown(pair)} is not a pair of times")
    return seconds(pair[0]), seconds(pair[1])


def _language(chunks: list[Record]) -> str | None:
    return next((code for chunk in chunks if (code := language_code(chunk.get("language")))), None)


FORMAT = json_format("transformers", "transformers' pipeline", matches, read)
