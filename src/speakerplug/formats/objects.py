"""Words from results of other tools in memory: their objects are read as the JSON that they would be saved as."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import UsageError, kind_of
from ..plugin.validation import admitted_words
from ..transcript import Transcript, Word
from . import openai, podcast, whisper
from .importers.services import SERVICES
from .importers.words import ParsedWords, with_both_times, words_in
from .languages import language_code

FORMS: Mapping[str, Any] = {
    **SERVICES,
    "OpenAI's": openai,
    "a podcast's": podcast,
    "Whisper's": whisper,
}
"""The reader of each form; a document is of one of them at most."""

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
"""Attributes of the tools' objects that have the same names in their JSON."""
MAX_DEPTH = 8
"""Maximum depth of nested objects; no tool has more, and one that contains itself would never end."""


def words_of(recognized: Any) -> tuple[Word, ...]:
    """Return the words of a speech recognizer's result, with its times and in its order.

    Takes faster-whisper's segments (also the generator, which is read to its end, or the pair with the info), results
    of openai-whisper, WhisperX, stable-ts, whisper-timestamped, transformers and the services that `load` knows, as
    objects or dictionaries; a Transcript; and an iterable of Word, which stay as they are. Words of a segment without
    word times share its time and are marked estimated. Raises UsageError for anything else.
    """
    return parsed_words(recognized).words


def parsed_words(recognized: Any) -> ParsedWords:
    """Return the words, and the language where it is given; otherwise as `words_of`."""
    if isinstance(recognized, Transcript):
        return ParsedWords(recognized.words, recognized.language)
    if isinstance(recognized, (str, bytes)):
        raise UsageError("The words are plain text without times; pass a recognizer's segments, or use load(path).")
    if _is_pair(recognized):
        segments, info = recognized
        words = parsed_words(segments)
        return ParsedWords(words.words, words.language or language_code(info.language))
    if isinstance(recognized, Iterable) and not isinstance(recognized, Mapping) and not _is_result(recognized):
        recognized = list(recognized)  # a generator recognizes while it is read: its errors are not ours
        if all(isinstance(word, Word) for word in recognized):
            return ParsedWords(tuple(recognized))
    return _read(recognized)


def _read(recognized: Any) -> ParsedWords:
    document = _as_json(recognized, MAX_DEPTH)
    form = _form_of(document)
    if form is None and isinstance(document, list) and len(document) == 1:
        (document,) = document
        form = _form_of(document)
    if form is None:
        of = f" of {type(recognized[0]).__name__}" if isinstance(recognized, list) else ""
        raise UsageError(
            f"The words cannot be used: {kind_of(recognized)}{of} is not a recognizer's result; "
            "give its segments with their times, or several speakerplug.Word."
        )
    try:
        words = words_in(document, FORMS[form].read)
        return ParsedWords(admitted_words(with_both_times(words.words), "The words"), words.language)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise UsageError(f"The words cannot be read as {form} ({error}); give them as the tool does.") from error


def _form_of(document: Any) -> str | None:
    return next((name for name, form in FORMS.items() if form.matches(document)), None)


def _is_pair(recognized: Any) -> bool:
    """Return whether it is what faster-whisper's `transcribe` returns: segments and info."""
    return isinstance(recognized, tuple) and len(recognized) == 2 and hasattr(recognized[1], "language")


def _is_result(recognized: Any) -> bool:
    """Return whether an iterable object, as of stable-ts and pydantic, is a whole result."""
    return any(hasattr(recognized, name) for name in ("segments", "chunks"))


def _as_json(value: Any, depth: int) -> Any:
    """Return `value` as dictionaries and lists; an object has those attributes that its tool's JSON has, too."""
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
