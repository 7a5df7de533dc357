"""Azure's batch and fast transcription: phrases in ticks of 100 ns, milliseconds or ISO durations, with their words."""

from __future__ import annotations

import re
from typing import Any

from ...errors import shown
from ...transcript import Word
from ..languages import language_code
from .display import as_displayed
from .fields import Record, are_all, probability, records, seconds, speaker, text
from .utterances import Utterance, words_of
from .words import ParsedWords, json_format

TICKS_IN_ONE = 1e7
MS_IN_ONE = 1000.0
_ISO = re.compile(r"PT(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?")


def matches(document: Any) -> bool:
    """Return whether it has `recognizedPhrases` with `nBest`, or `phrases` with texts beside `combinedPhrases`."""
    if not isinstance(document, dict):
        return False
    if "recognizedPhrases" in document:
        return are_all(lambda phrase: "nBest" in phrase or "recognitionStatus" in phrase, document["recognizedPhrases"])
    return "combinedPhrases" in document and are_all(lambda phrase: "text" in phrase, document.get("phrases"))


def read(document: Any) -> ParsedWords:
    """Return the words as they are written; several channels are merged by time, and each is a speaker."""
    phrases = records(document.get("recognizedPhrases", document.get("phrases")), "`phrases`")
    has_channels = len({phrase.get("channel") for phrase in phrases}) > 1
    codes = (language_code(phrase.get("locale")) for phrase in phrases)
    words = words_of(_phrase(phrase, has_channels) for phrase in phrases)
    return ParsedWords(words, next(filter(None, codes), None))


def _phrase(phrase: Record, has_channels: bool) -> Utterance:
    best = next(iter(records(phrase.get("nBest"), "`nBest`")), phrase)
    said = text(best, "display", "text", "itn", "lexical")
    channel = f"channel_{phrase.get('channel')}" if has_channels else None
    who = speaker(phrase.get("speaker")) or channel
    shown_words = [_word(each, who) for each in records(best.get("displayWords"), "`displayWords`")]
    words = [_word(each, who) for each in records(best.get("words"), "`words`")]
    is_lexical = bool(words) and not shown_words and "display" in best
    return Utterance(said, *_span(phrase), who, as_displayed(said, words) if is_lexical else shown_words or words)


def _word(fields: Record, who: str | None) -> Word:
    return Word(text(fields, "displayText", "word", "text"), *_span(fields), who, probability(fields.get("confidence")))


def _span(fields: Record) -> tuple[float | None, float | None]:
    start, length = _time(fields, "offset"), _time(fields, "duration")
    return start, None if start is None or length is None else round(start + length, 7)


def _time(fields: Record, name: str) -> float | None:
    if f"{name}InTicks" in fields:
        return seconds(fields[f"{name}InTicks"], TICKS_IN_ONE)
    if f"{name}Milliseconds" in fields:
        return seconds(fields[f"{name}Milliseconds"], MS_IN_ONE)
    value = fields.get(name)
    if not isinstance(value, str):
        return seconds(value, MS_IN_ONE)
    found = _ISO.fullmatch(value)
    if found is None:
        raise ValueError(f"{shown(value)} is not a duration such as PT1.5S")
    hours, minutes, rest = (float(part or 0.0) for part in found.groups())
    return seconds(hours * 3600 + minutes * 60 + rest)


FORMAT = json_format("azure", "Azure's transcription JSON", matches, read)
