"""Deepgram: the response for a recording, with a list of words per channel."""

from __future__ import annotations

from typing import Any

from ...attribution.word_times import interpolated
from ...transcript import Word
from ..languages import language_code
from .fields import Record, are_all, probability, record, records, seconds, speaker, text
from .words import ParsedWords, in_order, json_format, spaced


def matches(document: Any) -> bool:
    """Return whether it has `results` with `channels`, each with `alternatives`."""
    results = document.get("results") if isinstance(document, dict) else None
    return isinstance(results, dict) and are_all(lambda channel: "alternatives" in channel, results.get("channels"))


def read(document: Any) -> ParsedWords:
    """Return the words of the best alternative; several channels are merged by time, and each is a speaker."""
    channels = records(document["results"]["channels"], "`channels`")
    length = seconds(record(document.get("metadata"), "`metadata`").get("duration"))
    lists = [
        _channel(channel, f"channel_{number}" if len(channels) > 1 else None, length)
        for number, channel in enumerate(channels)
    ]
    words = [word for words in lists for word in words]
    if len(channels) > 1:
        words = in_order(words, 0.0)
    codes = (language_code(channel.get("detected_language")) for channel in channels)
    return ParsedWords(tuple(words), next(filter(None, codes), None))


def _channel(channel: Record, name: str | None, length: float | None) -> list[Word]:
    alternatives = records(channel.get("alternatives"), "`alternatives`")
    if not alternatives:
        return []
    said = text(alternatives[0], "transcript")
    words = records(alternatives[0].get("words"), "`words`")
    if not words:
        return interpolated([(name, said)], 0.0, length)
    return spaced(in_order([_word(word, name) for word in words]), said)


def _word(fields: Record, channel: str | None) -> Word:
    return Word(
        text(fields, "punctuated_word", "word"),
        seconds(fields.get("start")),
        seconds(fields.get("end")),
        channel or speaker(fields.get("speaker")),
        probability(fields.get("confidence")),
    )


FORMAT = json_format("deepgram", "Deepgram's JSON", matches, read)
