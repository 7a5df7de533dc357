"""The forms of JSON that are known, and which of them a document has."""

from __future__ import annotations

from typing import Any

from . import assemblyai, aws, deepgram, nemo, openai, transformers, whisper

# Forms with keys of their own come first. Of the others, words beside the text go before segments: OpenAI's answer can
# have both, and only its words have times of their own.
FORMS: tuple[Any, ...] = (aws, deepgram, assemblyai, transformers, nemo, openai, whisper)


def form_of(document: Any) -> Any:
    """The form of a JSON document, None if it is none that is known."""
    return next((form for form in FORMS if form.recognises(document)), None)


def unwrapped(document: Any) -> Any:
    """The only item of a list that is no list of segments or words, as programs write that take several recordings."""
    if isinstance(document, list) and len(document) == 1 and form_of(document) is None:
        return document[0]
    return document
