"""IBM Watson: results with `timestamps`, lists of a word and its times, and speaker labels in a list of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...errors import shown
from ...transcript import Word
from .fields import Record, are_all, probability, records, seconds, speaker, text
from .utterances import Utterance, words_of
from .words import ParsedWords, json_format


def matches(document: Any) -> bool:
    """Return whether it has `results` that each say whether they are final, or a list of such documents."""
    documents = document if isinstance(document, list) else [document]
    return any(_has_results(each) for each in documents) and all(
        _has_results(each) or (isinstance(each, dict) and "speaker_labels" in each) for each in documents
    )


def read(document: Any) -> ParsedWords:
    """Return the words of the best alternatives of the final results, each with the speaker of its start."""
    documents: list[Record] = document if isinstance(document, list) else [document]
    labels = [label for each in documents for label in records(each.get("speaker_labels"), "`speaker_labels`")]
    speakers = {seconds(label.get("from")): speaker(label.get("speaker")) for label in labels}
    results = [result for each in documents for result in records(each.get("results"), "`results`")]
    return ParsedWords(words_of(_utterance(result, speakers) for result in results if result.get("final", True)))


def _has_results(document: Any) -> bool:
    results = document.get("results") if isinstance(document, dict) else None
    is_silent = results == [] and "result_index" in document
    return is_silent or (bool(results) and are_all(_is_result, results))


def _is_result(result: Record) -> bool:
    return "final" in result and are_all(lambda each: "transcript" in each, result.get("alternatives"))


def _utterance(result: Record, speakers: Mapping[float | None, str | None]) -> Utterance:
    best = next(iter(records(result["alternatives"], "`alternatives`")), {})
    sure = dict(enumerate(_rows(best.get("word_confidence"), 2)))
    words = []
    for number, (said, start, end) in enumerate(_rows(best.get("timestamps"), 3)):
        begin, confidence = seconds(start), probability(sure[number][1]) if number in sure else None
        words.append(Word(text({"word": said}, "word"), begin, seconds(end), speakers.get(begin), confidence))
    return Utterance(text(best, "transcript"), None, None, words=words)


def _rows(value: Any, length: int) -> list[list[Any]]:
    """Return a list of lists of that length; an empty one for null."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(row, list) and len(row) == length for row in value):
        raise ValueError(f"{shown(value)} is not a list of words with their times")
    return value


FORMAT = json_format("watson", "IBM Watson's JSON", matches, read)
