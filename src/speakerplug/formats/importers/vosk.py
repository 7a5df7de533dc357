"""Vosk: results of a recognizer, one for each utterance, and the JSON of vosk-transcriber."""

from __future__ import annotations

from typing import Any

from ...transcript import Word
from .fields import Record, are_all, probability, records, text
from .utterances import Utterance, span, words_of
from .words import ParsedWords, json_format


def matches(document: Any) -> bool:
    """Return whether it has results with words of a `conf` each, also several in a list, or monologues of terms."""
    results = _results(document)
    return bool(results) and any(each.get("result") or each.get("terms") for each in results)


def read(document: Any) -> ParsedWords:
    """Return the words of the best alternatives; Vosk has no speakers but x-vectors."""
    return ParsedWords(words_of(map(_utterance, _results(document))))


def _utterance(result: Record) -> Utterance:
    items = records(result.get("result", result.get("terms")), "`result`")
    return Utterance(text(result, "text"), None, None, words=[_word(each) for each in items])


def _word(fields: Record) -> Word:
    confidence = probability(fields.get("conf", fields.get("confidence")))
    return Word(text(fields, "word", "text"), *span(fields), None, confidence)


def _results(document: Any) -> list[Record]:
    """Return the results, without partial ones; none of other documents."""
    if isinstance(document, dict) and "monologues" in document:
        spoken = document["monologues"]
        return spoken if are_all(lambda each: are_all(lambda term: "start" in term, each.get("terms")), spoken) else []
    found = document if isinstance(document, list) else [document]
    if not are_all(lambda each: bool(each.keys() & {"result", "alternatives", "text", "partial"}), found):
        return []
    best = [each["alternatives"][0] if _has_alternatives(each) else each for each in found if "partial" not in each]
    return best if are_all(lambda each: each.keys() <= KEYS and are_all(_is_word, each.get("result", [])), best) else []


KEYS = {"result", "text", "confidence", "spk", "spk_frames"}


def _has_alternatives(result: Record) -> bool:
    return bool(result.get("alternatives")) and are_all(lambda each: "text" in each, result["alternatives"])


def _is_word(word: Record) -> bool:
    return {"word", "start", "end"} <= word.keys()


FORMAT = json_format("vosk", "Vosk's JSON", matches, read)
