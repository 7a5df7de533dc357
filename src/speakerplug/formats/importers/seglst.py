"""SegLST, of the CHiME challenges and meeteval: segments with the words of a speaker as one text."""

from __future__ import annotations

from typing import Any

from ...plugin.formats import FormatRegistration
from .fields import Record, are_all, records, speaker, text
from .recordings import of_one_recording
from .utterances import Utterance, span, words_of
from .words import ParsedWords, transcript_from, words_in

TITLE = "SegLST"


def matches(document: Any) -> bool:
    """Return whether it is a list of segments that each have a `session_id`, a `start_time` and a text as `words`."""
    return bool(document) and are_all(_is_segment, document)


def read(document: Any, stem: str = "") -> ParsedWords:
    """Return the words of the one session, or of the one named `stem`; they share the time of their segment."""
    segments = of_one_recording(records(document, "SegLST"), lambda each: text(each, "session_id"), stem)
    return ParsedWords(words_of(map(_utterance, segments)))


def _is_segment(segment: Record) -> bool:
    return {"session_id", "words", "start_time"} <= segment.keys() and isinstance(segment["words"], str)


def _utterance(segment: Record) -> Utterance:
    return Utterance(text(segment, "words"), *span(segment, "start_time", "end_time"), speaker(segment.get("speaker")))


FORMAT = FormatRegistration(
    "seglst",
    TITLE,
    for_programs=True,
    matches=lambda file: matches(file.json),
    read=lambda file: transcript_from(
        lambda: words_in(file.json, lambda document: read(document, file.path.stem)), TITLE, file.path
    ),
)
