"""youtube-transcript-api: captions in a list, each with a text, a start and a duration."""

from __future__ import annotations

from typing import Any

from ..languages import language_code
from .fields import are_all, records, text
from .utterances import Utterance, span, words_of
from .words import ParsedWords, json_format


def matches(document: Any) -> bool:
    """Return whether it is a list of captions, or an object with these as `snippets`."""
    return are_captions(document.get("snippets") if isinstance(document, dict) else document)


def are_captions(segments: Any) -> bool:
    """Return whether it is a list of captions of a YouTube transcript, which have durations in place of ends."""
    has_texts = are_all(lambda each: {"text", "start"} <= each.keys() and not each.keys() & {"end", "words"}, segments)
    return has_texts and any("duration" in each for each in segments)


def read(document: Any) -> ParsedWords:
    """Return the words, which share the time of their caption."""
    whole = document if isinstance(document, dict) else {"snippets": document}
    said = (Utterance(text(each, "text"), *span(each)) for each in records(whole["snippets"], "`snippets`"))
    return ParsedWords(words_of(said), language_code(whole.get("language_code")))


FORMAT = json_format("youtube_transcript", "a YouTube transcript's list", matches, read)
