"""Podcasting 2.0: the JSON that a feed's `podcast:transcript` tag names, for apps that show it during playback."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..subtitles import PROFILES, CueRules
from ..transcript import Transcript
from .importers.fields import are_all, records, speaker, text
from .importers.utterances import Utterance, span, words_of
from .importers.words import ParsedWords, json_format
from .json import Record, document
from .segments import segments_of


def write(transcript: Transcript, rules: CueRules = PROFILES["podcast"]) -> str:
    """Return the cues with their times on the screen, and with `speaker` where it is known."""
    segments: list[Record] = []
    for segment in segments_of(transcript, rules):
        speaker = {"speaker": segment.name} if segment.name else {}
        segments.append({**speaker, "startTime": segment.cue.start, "endTime": segment.cue.end, "body": segment.text})
    return document({"version": "1.0.0"}, {"segments": segments})


def matches(document: Any) -> bool:
    """Return whether it is an object with `segments`, each with a `startTime` and a `body`."""
    segments = document.get("segments") if isinstance(document, dict) else None
    return bool(segments) and are_all(lambda segment: "startTime" in segment and "body" in segment, segments)


def read(document: Any) -> ParsedWords:
    """Return the words, which share the time of their segment."""
    return ParsedWords(
        words_of(
            Utterance(text(each, "body"), *span(each, "startTime", "endTime"), speaker(each.get("speaker")))
            for each in records(document["segments"], "`segments`")
        )
    )


FORMAT = replace(
    json_format("podcast", "a podcast's JSON", matches, read),
    description="JSON for a Podcasting 2.0 feed",
    suffix=".podcast.json",
    write=write,
    takes=("rules",),
)
