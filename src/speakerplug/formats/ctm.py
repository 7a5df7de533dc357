"""CTM: a line a word, with its time and confidence; the format knows no speakers."""

from __future__ import annotations

from ..transcript import Transcript
from .fields import field, recording
from .segments import shown_words


def write(transcript: Transcript) -> str:
    """The words of the transcript by start as CTM: recording, channel 1, start, length, word, confidence if known."""
    file = recording(transcript)
    lines = []
    for word in sorted(shown_words(transcript), key=lambda word: word.start or 0.0):
        start, end = word.start or 0.0, word.end or 0.0
        confidence = "" if word.confidence is None else f" {word.confidence:.3f}"
        lines.append(f"{file} 1 {start:.3f} {end - start:.3f} {field(word.text)}{confidence}\n")
    return "".join(lines)
