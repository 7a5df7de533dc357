"""Whisper's relatives: segments with a text each, and words in them where somebody asked for these.

openai-whisper, faster-whisper (its objects as JSON), WhisperX, stable-ts, whisper-timestamped; and what OpenAI's
service answers without words (`verbose_json`, `diarized_json`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...attribution.word_times import interpolated
from ...transcript import Word
from .fields import Record, probability, records, seconds, speaker, text
from .languages import language_code
from .words import Heard, filled, spaced

NAME = "Whisper's JSON"


def recognises(document: Any) -> bool:
    """An object with `segments`, or a list of segments."""
    if isinstance(document, dict):
        return isinstance(document.get("segments"), list)
    return isinstance(document, list) and bool(document) and all(map(_is_segment, document))


def read(document: Any) -> Heard:
    """All segments; one without words has its time shared by its words. Some of WhisperX's words have no times."""
    whole = document if isinstance(document, dict) else {}
    found: list[Word] = []
    for segment in records(whole.get("segments") if whole else document, "`segments`"):
        found += _words(segment, found[-1] if found else None)
    return Heard(tuple(found), language_code(whole.get("language")))


def word_of(fields: Record, otherwise: str | None = None) -> Word:
    """A word as any of them writes it; its text may still begin with a space."""
    confidence = next((fields[name] for name in ("probability", "score", "confidence") if name in fields), None)
    return Word(
        text(fields, "word", "text"),
        seconds(fields.get("start")),
        seconds(fields.get("end")),
        speaker(fields.get("speaker")) or otherwise,
        probability(confidence),
    )


def _is_segment(value: Any) -> bool:
    return isinstance(value, dict) and "start" in value and ("text" in value or "words" in value)


def _words(segment: Record, before: Word | None) -> Sequence[Word]:
    start, end = (seconds(segment.get(edge)) for edge in ("start", "end"))
    who = speaker(segment.get("speaker"))
    own = records(segment.get("words"), "`words`")
    if not own:
        return interpolated([(who, text(segment, "text"))], start, end)
    words = spaced((word_of(word, who) for word in own), text(segment, "text"), before)
    return filled(words, start, end)
