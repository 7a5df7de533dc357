"""NeMo: the timestamps of a hypothesis, a line of transcribe_speech.py's output, or diarization with words."""

from __future__ import annotations

from functools import partial
from typing import Any

from ...transcript import Word
from .fields import Record, are_all, records, seconds, speaker, text
from .utterances import Utterance, words_of
from .words import ParsedWords, in_order, json_format, spaced

INSIDE = ("timestamp", "timestep")
LEVELS = {"word": ("word", "char"), "segment": ("segment",)}
"""Keys of a stamp's text, by its level."""


def matches(document: Any) -> bool:
    """Return whether it has stamps in `timestamp` (once `timestep`), alone, in `timestamps_word`, or `start_time`."""
    return isinstance(document, dict) and (bool(_levels(document)) or _is_diarized(document))


def read(document: Any) -> ParsedWords:
    """Return the words, or those of the segments where there are no words; diarized words have `start_time`."""
    if _is_diarized(document):
        diarized = [_word(word, "_time") for word in records(document["words"], "`words`")]
        return ParsedWords(tuple(spaced(in_order(diarized))))
    levels = _levels(document)
    said = text(document, "text", "pred_text")
    if "word" in levels:
        words = [_word(word) for word in records(levels["word"], "`word`")]
        return ParsedWords(tuple(spaced(in_order(words), said)))
    segments = ((_word(segment), text(segment, "segment")) for segment in records(levels["segment"], "`segment`"))
    return ParsedWords(words_of(Utterance(said, span.start, span.end, span.speaker) for span, said in segments))


def _levels(document: Record) -> dict[str, list[Any]]:
    """Return the stamps of each level that is there and has a text in each."""
    holder = next((document[name] for name in INSIDE if isinstance(document.get(name), dict)), document)
    named = {level: holder.get(level, document.get(f"timestamps_{level}")) for level in LEVELS}
    return {level: stamps for level, stamps in named.items() if are_all(partial(_has_text, level), stamps)}


def _is_diarized(document: Record) -> bool:
    words = document.get("words")
    return bool(words) and are_all(lambda word: "start_time" in word and "word" in word, words)


def _has_text(level: str, stamp: Record) -> bool:
    return any(name in stamp for name in LEVELS[level])


def _word(fields: Record, ending: str = "") -> Word:
    if "start_offset" in fields and f"start{ending}" not in fields:
        raise ValueError("it has offsets in frames and no seconds: transcribe with timestamps=True in NeMo 2")
    return Word(
        text(fields, "word", "char"),
        seconds(fields.get(f"start{ending}")),
        seconds(fields.get(f"end{ending}")),
        speaker(fields.get("speaker", fields.get("speaker_label"))),
    )


FORMAT = json_format("nemo", "NeMo's JSON", matches, read)
