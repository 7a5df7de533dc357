"""Rev AI: monologues of elements, which are words with times, and the punctuation and spaces between them."""

from __future__ import annotations

from typing import Any

from ...transcript import Word
from ..languages import language_code
from .fields import Record, are_all, probability, records, seconds, speaker, text
from .utterances import Utterance, words_of
from .words import ParsedWords, json_format


def matches(document: Any) -> bool:
    """Return whether it has `monologues` that each have elements."""
    return isinstance(document, dict) and are_all(
        lambda each: are_all(lambda element: "type" in element, each.get("elements")), document.get("monologues")
    )


def read(document: Any) -> ParsedWords:
    """Return the words, with the punctuation that touches them."""
    monologues = records(document["monologues"], "`monologues`")
    return ParsedWords(words_of(map(_utterance, monologues)), language_code(document.get("language")))


def _utterance(monologue: Record) -> Utterance:
    info = monologue.get("speaker_info")
    name = info.get("display_name") if isinstance(info, dict) else None
    who = speaker(name or monologue.get("speaker"))
    elements = records(monologue["elements"], "`elements`")
    words = [_word(each, who) for each in elements if each["type"] == "text"]
    return Utterance("".join(text(each, "value") for each in elements), None, None, who, words)


def _word(element: Record, who: str | None) -> Word:
    times = seconds(element.get("ts")), seconds(element.get("end_ts"))
    return Word(text(element, "value"), *times, who, probability(element.get("confidence")))


FORMAT = json_format("rev", "Rev AI's JSON", matches, read)
