"""ElevenLabs Scribe: words, the spaces between them, and audio events such as (laughter)."""

from __future__ import annotations

import math
from typing import Any

from ...transcript import Word
from ..languages import language_code
from .fields import Record, are_all, probability, records, seconds, speaker, text
from .words import ParsedWords, in_order, json_format, spaced

SILENT = {"language_probability", "words"}
"""Keys by which a response without words is known."""
KINDS = ("word", "spacing", "audio_event")


def matches(document: Any) -> bool:
    """Return whether it has `words` of ElevenLabs' types, or `transcripts` of channels that have."""
    channels = _channels(document)
    return bool(channels) and all(
        are_all(lambda word: "text" in word and word.get("type") in KINDS, channel["words"]) for channel in channels
    )


def read(document: Any) -> ParsedWords:
    """Return words and audio events; several channels are merged by time, and each is a speaker."""
    channels = _channels(document)
    lists = [_words(channel, number, len(channels) > 1) for number, channel in enumerate(channels)]
    words = in_order([word for words in lists for word in words], 0.0)
    codes = (language_code(channel.get("language_code")) for channel in channels)
    return ParsedWords(tuple(words), next(filter(None, codes), None))


def _channels(document: Any) -> list[Record]:
    if not isinstance(document, dict):
        return []
    channels = document.get("transcripts", [document])
    return channels if are_all(lambda each: bool(each.get("words")) or each.keys() >= SILENT, channels) else []


def _words(channel: Record, number: int, is_one_of_several: bool) -> list[Word]:
    items = records(channel["words"], "`words`")
    index = channel.get("channel_index", number)
    otherwise = f"channel_{index}" if is_one_of_several else None
    words = [_word(item, otherwise) for item in items if item["type"] != "spacing"]
    return spaced(words, "".join(text(item, "text") for item in items))


def _word(fields: Record, otherwise: str | None) -> Word:
    log = seconds(fields.get("logprob"))
    return Word(
        text(fields, "text"),
        seconds(fields.get("start")),
        seconds(fields.get("end")),
        speaker(fields.get("speaker_id")) or otherwise,
        probability(math.exp(min(log, 0.0))) if log is not None else None,
    )


FORMAT = json_format("elevenlabs", "ElevenLabs' JSON", matches, read)
