"""Speechmatics (json-v2): words and punctuation, which says to which word it attaches."""

from __future__ import annotations

from typing import Any

from ...transcript import Word
from ..languages import language_code
from .fields import Record, are_all, probability, record, records, seconds, speaker, text
from .words import ParsedWords, in_order, json_format, spaced

UNKNOWN = "UU"
SPOKEN = ("word", "entity")


def matches(document: Any) -> bool:
    """Return whether it has `results` that each have a type, and a `format` or `metadata`."""
    if not isinstance(document, dict) or not document.keys() & {"format", "metadata", "job"}:
        return False
    results = document.get("results")
    if not isinstance(results, list) or not are_all(lambda each: "type" in each, results):
        return False
    return any("alternatives" in each for each in results) or (not results and "format" in document)


def read(document: Any) -> ParsedWords:
    """Return the words with their punctuation; channels are merged by time."""
    metadata = record(document.get("metadata"), "`metadata`")
    config = record(metadata.get("transcription_config"), "`transcription_config`")
    pack = record(metadata.get("language_pack_info"), "`language_pack_info`")
    delimiter = pack.get("word_delimiter", " ")
    results = [part for each in records(document["results"], "`results`") for part in _parts(each)]
    channels = dict.fromkeys(str(each.get("channel")) for each in results)
    lists = [_words([each for each in results if str(each.get("channel")) == name], delimiter) for name in channels]
    words = in_order([word for words in lists for word in words], 0.0 if len(lists) > 1 else 1.0)
    codes = (config.get("language"), *(_best(each).get("language") for each in results[:1]))
    return ParsedWords(tuple(words), next(filter(None, map(language_code, codes)), None))


def _parts(result: Record) -> list[Record]:
    """Return the written words of an entity, such as a date, and any other result as it is; none of a mere event."""
    written = records(result.get("written_form"), "`written_form`")
    if written:
        return [{"channel": result.get("channel"), **_with_speaker(part, _best(result))} for part in written]
    return [result] if "alternatives" in result else []


def _with_speaker(part: Record, whole: Record) -> Record:
    best = {"speaker": whole.get("speaker"), **_best(part)}
    return {**part, "type": part.get("type", "word"), "alternatives": [best]}


def _words(results: list[Record], delimiter: Any) -> list[Word]:
    said, attaches = "", True
    for each in results:
        side = each.get("attaches_to", "previous" if each["type"] == "punctuation" else None)
        said += "" if attaches or side in ("previous", "both") else str(delimiter)
        said += text(_best(each), "content")
        attaches = side in ("next", "both")
    return spaced([_word(each) for each in results if each["type"] in SPOKEN], said)


def _word(result: Record) -> Word:
    best = _best(result)
    who = speaker(best.get("speaker"))
    otherwise = speaker(result.get("channel"))
    times = seconds(result.get("start_time")), seconds(result.get("end_time"))
    return Word(
        text(best, "content"), *times, otherwise if who in (None, UNKNOWN) else who, probability(best.get("confidence"))
    )


def _best(result: Record) -> Record:
    return next(iter(records(result.get("alternatives"), "`alternatives`")), {})


FORMAT = json_format("speechmatics", "Speechmatics' JSON", matches, read)
