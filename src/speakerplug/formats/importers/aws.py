"""AWS Transcribe: items with numbers as strings; punctuation is an item of its own, without times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ...errors import shown
from ...transcript import Word
from ..languages import language_code
from .fields import Record, are_all, probability, record, records, seconds, speaker, text
from .words import ParsedWords, in_order, json_format, spaced


def matches(document: Any) -> bool:
    """Return whether it has `results` with `items`, each with `alternatives`, or with channels that have them."""
    results = document.get("results") if isinstance(document, dict) else None
    if not isinstance(results, dict) or "channel_labels" in results:
        return isinstance(results, dict)
    return "items" in results and are_all(lambda item: "alternatives" in item, results["items"] or [])


def read(document: Any) -> ParsedWords:
    """Return the words, each with the punctuation after it; a speaker is an item's label, else its channel.

    Raises ValueError for a job that is not completed.
    """
    if document.get("status", "COMPLETED") != "COMPLETED":
        raise ValueError(f"its status is {shown(document['status'])}")
    results = document["results"]
    channels = records(record(results.get("channel_labels"), "`channel_labels`").get("channels"), "`channels`")
    lists = [channel.get("items") for channel in channels] or [results.get("items")]
    labels = _labels(results)
    words = [word for items in lists for word in _words(records(items, "`items`"), labels)]
    words = in_order(words, 0.0) if channels else in_order(words)
    return ParsedWords(tuple(spaced(words)), language_code(results.get("language_code")))


def _words(items: list[Record], labels: Mapping[str, str | None]) -> Iterator[Word]:
    word: Word | None = None
    marks: list[str] = []
    for item in items:
        best = next(iter(records(item.get("alternatives"), "`alternatives`")), {})
        content = text(best, "content")
        if item.get("type") == "punctuation" and word is not None:
            marks.append(content)
            continue
        if word is not None:
            yield replace(word, text="".join((word.text, *marks)))
        start = item.get("start_time")
        who = item.get("speaker_label") or labels.get(str(start)) or item.get("channel_label")
        times = seconds(start), seconds(item.get("end_time"))
        word, marks = Word(content, *times, speaker(who), probability(best.get("confidence"))), []
    if word is not None:
        yield replace(word, text="".join((word.text, *marks)))


def _labels(results: Record) -> dict[str, str | None]:
    """Return speakers by start time of items: older files have them in a separate list only."""
    segments = records(record(results.get("speaker_labels"), "`speaker_labels`").get("segments"), "`segments`")
    items = [item for segment in segments for item in records(segment.get("items"), "`items`")]
    return {str(item.get("start_time")): speaker(item.get("speaker_label")) for item in items}


FORMAT = json_format("aws", "AWS Transcribe's JSON", matches, read)
