"""The answers of OpenAI's transcription service, made of the formats that SpeakerPlug writes."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from string import ascii_uppercase
from typing import Any

from speakerplug.plugin import CueRules, FormatRegistration, Transcript

from .labels import labeled, text_of

FORMATS = ("json", "text", "srt", "verbose_json", "vtt", "diarized_json")
STREAMED = ("json", "text", "diarized_json")
TYPES = {"text": "text/plain", "srt": "text/plain", "vtt": "text/vtt"}
"""Content types of the formats that are not JSON."""

Formats = Mapping[str, FormatRegistration]
"""The formats that SpeakerPlug writes, by name."""


def answer(transcript: Transcript, format: str, labels: str, granularities: frozenset[str], known: Formats) -> Any:
    """Return the answer in a format: text, or what JSON can hold."""
    if format in ("srt", "vtt"):
        return written(transcript, format, known, CueRules(labels=labels))
    if format == "text":
        return text_of(transcript, labels) + "\n"
    if format == "diarized_json":
        return diarized(transcript, known)
    if format == "verbose_json":
        return verbose(transcript, labels, granularities, known)
    return {"text": text_of(transcript, labels), "usage": usage_of(transcript)}


def written(transcript: Transcript, format: str, known: Formats, rules: CueRules | None = None) -> str:
    """Return what SpeakerPlug writes in a format."""
    write = known[format].write
    assert write is not None
    text = write(transcript) if rules is None else write(transcript, rules=rules)
    assert isinstance(text, str)
    return text


def usage_of(transcript: Transcript) -> dict[str, Any]:
    """Return the usage as OpenAI counts it for Whisper: whole seconds."""
    return {"type": "duration", "seconds": math.ceil(transcript.media.duration)}


def diarized(transcript: Transcript, known: Formats) -> dict[str, Any]:
    """Return `diarized_json`: speakers who have no name of their own are A, B, ... in the order in which they speak."""
    found: dict[str, Any] = json.loads(written(with_letters(transcript), "openai", known))
    return found | {"usage": usage_of(transcript)}


def with_letters(transcript: Transcript) -> Transcript:
    """Return the transcript with letters for names that are no more than ids."""
    spoken = dict.fromkeys(word.speaker for word in transcript.words if word.speaker is not None)
    unnamed = [speaker for speaker in spoken if transcript.name_of(speaker) == speaker]
    known = {speaker.id for speaker in transcript.speakers}
    return transcript.renamed({id: letters(place) for place, id in enumerate(unnamed) if id in known})


def letters(number: int) -> str:
    """Return A to Z, then AA, AB, ..., for 0, 1, ..."""
    before, last = divmod(number, len(ascii_uppercase))
    return (letters(before - 1) if before else "") + ascii_uppercase[last]


def verbose(transcript: Transcript, labels: str, granularities: frozenset[str], known: Formats) -> dict[str, Any]:
    """Return `verbose_json` with a `speaker` on segments and words, which OpenAI's does not have.

    As there, words are present only if asked for, and segments unless words alone are.
    """
    found: dict[str, Any] = json.loads(written(transcript, "verbose_json", known))
    segments, words = found.pop("segments"), found.pop("words")
    whisperx = json.loads(written(transcript, "whisperx", known))
    others = (*whisperx["segments"], *whisperx["word_segments"])  # the same ones, with speakers
    for own, other in zip((*segments, *words), others, strict=True):
        own |= {"speaker": other["speaker"]} if "speaker" in other else {}
    for segment, text in zip(segments, list(labeled(segments, labels)), strict=True):
        segment["text"] = text
    found |= {"language": language_name(transcript.language), "text": text_of(transcript, labels)}
    if granularities != {"word"}:
        found["segments"] = segments
    if "word" in granularities:
        found["words"] = words
    return found | {"usage": usage_of(transcript)}


def language_name(code: str | None) -> str:
    """Return the English name of a language in lower case, such as english for en."""
    import langcodes

    return langcodes.Language.get(code or "und").display_name("en").lower() if code else ""
