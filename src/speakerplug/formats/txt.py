"""Plain text: a transcript to read, a paragraph for everything a speaker says until another one speaks."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

from ..plugin.formats import FormatRegistration
from ..transcript import Transcript, plain, text_of
from .fields import speaker_names


def write(transcript: Transcript) -> str:
    """Return the transcript as paragraphs `Name: text` with blank lines between; unassigned words have no name."""
    name_of = speaker_names(transcript)
    shown = [replace(word, text=text) for word in transcript.words if (text := plain(word.text))]
    paragraphs = []
    for speaker, words in groupby(shown, key=lambda word: word.speaker):
        name = name_of(speaker)
        paragraphs.append((f"{name}: " if name else "") + text_of(words) + "\n")
    return "\n".join(paragraphs)


FORMAT = FormatRegistration("txt", "plain text with a paragraph per speaker turn", ".txt", write)
