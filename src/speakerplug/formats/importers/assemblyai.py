"""AssemblyAI: words with times in whole milliseconds."""

from __future__ import annotations

from typing import Any

from ...errors import shown
from ...transcript import Word
from ..languages import language_code
from .fields import Record, are_all, probability, records, seconds, speaker, text
from .words import ParsedWords, in_order, json_format, spaced

MARKS = ("audio_url", "acoustic_model", "language_model", "utterances")
MS_IN_ONE = 1000.0


def matches(document: Any) -> bool:
    """Return whether it has `words`, null until finished, with a text each, and one of AssemblyAI's own keys."""
    if not isinstance(document, dict) or "words" not in document or not any(mark in document for mark in MARKS):
        return False
    return document["words"] is None or are_all(lambda word: "text" in word, document["words"])


def read(document: Any) -> ParsedWords:
    """Return all words. Raises ValueError for a transcript that failed or is unfinished."""
    status = document.get("status")
    if status == "error":
        raise ValueError(f"its transcription failed: {document.get('error')!s:.80}")
    if document["words"] is None:
        raise ValueError(f"it has no words yet: its status is {shown(status)}")
    words = spaced(map(_word, records(document["words"], "`words`")), text(document, "text"))
    return ParsedWords(tuple(in_order(words)), language_code(document.get("language_code")))


def _word(fields: Record) -> Word:
    return Word(
        text(fields, "text"),
        seconds(fields.get("start"), MS_IN_ONE),
        seconds(fields.get("end"), MS_IN_ONE),
        speaker(fields.get("speaker")),
        probability(fields.get("confidence")),
    )


FORMAT = json_format("assemblyai", "AssemblyAI's JSON", matches, read)
