"""Gladia: utterances with speakers and words, in the finished job, its result, or its transcription."""

from __future__ import annotations

from typing import Any

from ...errors import shown
from ...transcript import Word
from ..languages import language_code
from .fields import Record, are_all, probability, records, speaker, text
from .utterances import Utterance, span, words_of
from .words import ParsedWords, json_format


def matches(document: Any) -> bool:
    """Return whether it has `utterances` with a text each in a `transcription`, or beside `full_transcript`."""
    found = _transcription(document)
    return found is not None and are_all(lambda each: "text" in each, found.get("utterances"))


def read(document: Any) -> ParsedWords:
    """Return the words; several channels without speakers are a speaker each."""
    transcription = _transcription(document) or {}
    utterances = records(transcription.get("utterances"), "`utterances`")
    has_channels = len({each.get("channel") for each in utterances}) > 1
    codes = (language_code(each.get("language")) for each in utterances)
    words = words_of(_utterance(each, has_channels) for each in utterances)
    return ParsedWords(words, next(filter(None, codes), None))


def _utterance(fields: Record, has_channels: bool) -> Utterance:
    channel = f"channel_{shown(fields.get('channel'))}" if has_channels else None
    who = speaker(fields.get("speaker")) or channel
    words = [
        Word(text(each, "word"), *span(each), who, probability(each.get("confidence")))
        for each in records(fields.get("words"), "`words`")
    ]
    return Utterance(text(fields, "text"), *span(fields), who, words)


def _transcription(document: Any) -> Record | None:
    for name in ("result", "transcription"):
        inner = document.get(name) if isinstance(document, dict) else None
        document = {"full_transcript": "", **inner} if isinstance(inner, dict) else document
    is_named = isinstance(document, dict) and "utterances" in document and "full_transcript" in document
    return document if is_named else None


FORMAT = json_format("gladia", "Gladia's JSON", matches, read)
