"""Plain text: a script to read, one paragraph for everything a speaker says until another one speaks."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

from ..plugin.formats import FormatRegistration
from ..transcript import Transcript, plain, text_of
from .fields import naming


def write(transcript: Transcript) -> str:
    """The transcript as paragraphs `Name: text`, a blank line between them; words of nobody have no name."""
    name_of = naming(transcript)
    shown = [replace(word, text=text) for word in transcript.words if (text := plain(word.text))]
    paragraphs = []
    for speaker, words in groupby(shown, key=lambda word: word.speaker):
        name = name_of(speaker)
        paragraphs.append((f"{name}: " if name else "") + text_of(words) + "\n")
    return "\n".join(paragraphs)


FORMAT = FormatRegistration("txt", "a script to read, one paragraph a speaker", ".txt", write)
