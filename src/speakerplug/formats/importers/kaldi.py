"""Kaldi's GStreamer server: results with hypotheses, the best one first, and their word alignment."""

from __future__ import annotations

from typing import Any

from ...transcript import Word
from .fields import Record, are_all, probability, records, text
from .utterances import Utterance, span, words_of
from .words import ParsedWords, json_format


def matches(document: Any) -> bool:
    """Return whether it is a response with `result` and `hypotheses`, or a list of such."""
    responses = _responses(document)
    return are_all(_is_response, responses) and any(each.get("result") for each in responses)


def read(document: Any) -> ParsedWords:
    """Return the words of the best hypotheses of the final results; times count from the start of each segment."""
    found = (each for each in _responses(document) if each.get("result") is not None)
    return ParsedWords(words_of(_utterance(each) for each in found if each["result"].get("final", True)))


def _responses(document: Any) -> list[Record]:
    return document if isinstance(document, list) else [document] if isinstance(document, dict) else []


def _is_response(response: Record) -> bool:
    result = response.get("result")
    is_result = isinstance(result, dict) and are_all(lambda each: "transcript" in each, result.get("hypotheses"))
    return is_result or (result is None and "status" in response)


def _utterance(response: Record) -> Utterance:
    best = next(iter(records(response["result"]["hypotheses"], "`hypotheses`")), {})
    start, end = span(response, "segment-start", "", "segment-length")
    words = [_word(each, start or 0.0) for each in records(best.get("word-alignment"), "`word-alignment`")]
    return Utterance(text(best, "transcript"), start, end, words=words)


def _word(fields: Record, offset: float) -> Word:
    start, end = span(fields, "start", "", "length")
    start, end = (None if time is None else round(time + offset, 6) for time in (start, end))
    return Word(text(fields, "word"), start, end, None, probability(fields.get("confidence")))


FORMAT = json_format("kaldi", "Kaldi GStreamer server's JSON", matches, read)
