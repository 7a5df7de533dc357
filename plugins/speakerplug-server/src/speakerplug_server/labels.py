"""Labels in plain text: who speaks, for clients that read nothing but text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from speakerplug.plugin import Transcript, Word

from .settings import LABELS

NEVER, CHANGE, ALWAYS, DASH = LABELS


def labeled(segments: Iterable[dict[str, Any]], labels: str) -> Iterator[str]:
    """Yield the text of each segment with its label: `Name: `, or a dash where another speaker follows."""
    last = None
    for segment in segments:
        speaker = segment.get("speaker")
        yield label_of(speaker, last, labels) + segment["text"]
        last = speaker


def label_of(speaker: str | None, last: str | None, labels: str) -> str:
    """Return what stands before the text of a speaker that follows another one, `last`."""
    if speaker is None or labels == NEVER or (labels != ALWAYS and speaker == last):
        return ""
    if labels == DASH:
        return "- " if last is not None else ""
    return f"{speaker}: "


def text_of(transcript: Transcript, labels: str) -> str:
    """Return the text; with labels it has a line for everything that a speaker says until another one does."""
    if labels == NEVER:
        return transcript.text
    parts = []
    for speaker, words in groupby(transcript.words, key=lambda word: word.speaker):
        parts.append({"speaker": transcript.name_of(speaker), "text": joined(tuple(words)).lstrip()})
    return "\n".join(labeled(parts, labels))


def joined(words: Sequence[Word]) -> str:
    """Return words as running text, with the space before the first one, if it has one."""
    return "".join(word.text if word.joined else f" {word.text}" for word in words)
