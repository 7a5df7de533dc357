"""OpenAI's `verbose_json` with word times, and any other plain list of words: beside the text, not in segments."""

from __future__ import annotations

from typing import Any

from .fields import records, text
from .languages import language_code
from .whisper import word_of
from .words import Heard, spaced

NAME = "OpenAI's verbose_json"


def recognises(document: Any) -> bool:
    """An object whose `words` have a `word` each, or a list of such words."""
    words = document.get("words") if isinstance(document, dict) else document
    return isinstance(words, list) and bool(words) and all(isinstance(word, dict) and "word" in word for word in words)


def read(document: Any) -> Heard:
    """All words; the service leaves out their punctuation, which is put back from the text."""
    whole = document if isinstance(document, dict) else {"words": document}
    words = spaced(map(word_of, records(whole["words"], "`words`")), text(whole, "text"))
    return Heard(tuple(words), language_code(whole.get("language")))
