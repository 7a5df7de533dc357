"""Podcasting 2.0: the JSON that a feed's `podcast:transcript` tag names, for the apps that show it along."""

from __future__ import annotations

from ..cues import cues_from
from ..transcript import Transcript
from .json import Record, document
from .segments import segments_of


def write(transcript: Transcript) -> str:
    """The cues, each as long as it stands on the screen, with `speaker` where somebody is known to speak."""
    segments: list[Record] = []
    for cue, segment in zip(cues_from(transcript), segments_of(transcript), strict=True):
        speaker = {"speaker": segment.name} if segment.name else {}
        segments.append({**speaker, "startTime": cue.start, "endTime": cue.end, "body": segment.text})
    return document({"version": "1.0.0"}, {"segments": segments})
