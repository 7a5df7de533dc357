"""What other tools give in memory, as words: their objects are read as the JSON that they would be saved as."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import UsageError
from ..plugin.validation import admitted_words
from ..transcript import Transcript, Word
from . import openai, podcast, whisper
from .importers import assemblyai, aws, deepgram, nemo, transformers
from .importers.words import ParsedWords
from .languages import language_code

FORMS: Mapping[str, Any] = {
    "AWS Transcribe's": aws,
    "Deepgram's": deepgram,
    "AssemblyAI's": assemblyai,
    "transformers'": transformers,
    "NeMo's": nemo,
    "OpenAI's": openai,
    "a podcast's": podcast,
    "Whisper's": whisper,
}
"""What reads the JSON of each, the most particular form first, as `formats` has them."""

FIELDS = (
    "chunks",
    "confidence",
    "end",
    "language",
    "probability",
    "score",
    "segments",
    "speaker",
    "start",
    "text",
    "timestamp",
    "word",
    "words",
)
"""What the objects of the tools call what their JSON calls so, too."""
DEEPEST = 8
"""Levels of objects in objects; no tool has more, and one that holds itself has no end."""


def words_of(recognized: Any) -> tuple[Word, ...]:
    """Return the words of what a speech recognizer gave, with its times and in its order.

    Takes faster-whisper's segments (the generator too, which is read to its end, or the pair with the info), results of
    openai-whisper, WhisperX, stable-ts, whisper-timestamped, transformers and the services that `load` knows, as
    objects or dictionaries; a Transcript; and several Word, which stay as they are. Words of a segment without word
    times share its time and are marked estimated. Raises UsageError for anything else.
    """
    return heard_in(recognized).words


def heard_in(recognized: Any) -> ParsedWords:
    """Return the words, and the language where it is said; else as `words_of`."""
    if isinstance(recognized, Transcript):
        return ParsedWords(recognized.words, recognized.language)
    if isinstance(recognized, (str, bytes)):
        raise UsageError("The words are a text, which has no times; give a recognizer's segments, or use load(path).")
    if _is_pair(recognized):
        segments, info = recognized
        heard = heard_in(segments)
        return ParsedWords(heard.words, heard.language or language_code(info.language))
    if isinstance(recognized, Iterable) and not isinstance(recognized, Mapping) and not _is_result(recognized):
        recognized = list(recognized)  # a generator recognizes while it is read: its errors are its own
        if all(isinstance(word, Word) for word in recognized):
            return ParsedWords(tuple(recognized))
    return _read(recognized)


def _read(recognized: Any) -> ParsedWords:
    document = _as_json(recognized, DEEPEST)
    form = _form_of(document)
    if form is None and isinstance(document, list) and len(document) == 1:
        (document,) = document
        form = _form_of(document)
    if form is None:
        kind = type(recognized).__name__
        of = f" of {type(recognized[0]).__name__}" if isinstance(recognized, list) else ""
        raise UsageError(
            f"The words cannot be used: a {kind}{of} is no recognizer's result; give its segments with their times, "
            "or several speakerplug.Word."
        )
    try:
        heard: ParsedWords = FORMS[form].read(document)
        return ParsedWords(admitted_words(heard.words, "The words"), heard.language)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise UsageError(f"The words cannot be read as {form} ({error}); give them as the tool does.") from error


def _form_of(document: Any) -> str | None:
    return next((name for name, form in FORMS.items() if form.matches(document)), None)


def _is_pair(recognized: Any) -> bool:
    """Whether it is what faster-whisper's `transcribe` returns: the segments and what it found out beside them."""
    return isinstance(recognized, tuple) and len(recognized) == 2 and hasattr(recognized[1], "language")


def _is_result(recognized: Any) -> bool:
    """Whether an object that can be iterated, as stable-ts's and pydantic's can, is a whole result."""
    return any(hasattr(recognized, name) for name in ("segments", "chunks"))


def _as_json(value: Any, depth: int) -> Any:
    """Dictionaries and lists of what is in `value`; an object has the fields that it shares with its tool's JSON."""
    if value is None or isinstance(value, (str, bytes, int, float)) or depth == 0:
        return value
    if isinstance(value, Mapping):
        return {str(key): _as_json(item, depth - 1) for key, item in value.items()}
    fields = {name: getattr(value, name) for name in FIELDS if hasattr(value, name)}
    if fields:
        return {name: _as_json(item, depth - 1) for name, item in fields.items() if not callable(item)}
    if isinstance(value, (list, tuple)):
        return [_as_json(item, depth - 1) for item in value]
    return value  # a number of another library, which is read as one
