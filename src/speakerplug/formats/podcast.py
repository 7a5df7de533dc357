"""Podcasting 2.0: the JSON that a feed's `podcast:transcript` tag names, for the apps that show it along."""

from __future__ import annotations

from ..plugin.formats import FormatRegistration
from ..subtitles import PROFILES, CueRules
from ..transcript import Transcript
from .json import Record, document
from .segments import segments_of


def write(transcript: Transcript, rules: CueRules = PROFILES["podcast"]) -> str:
    """The cues, each as long as it stands on the screen, with `speaker` where somebody is known to speak."""
    segments: list[Record] = []
    for segment in segments_of(transcript, rules):
        speaker = {"speaker": segment.name} if segment.name else {}
        segments.append({**speaker, "startTime": segment.cue.start, "endTime": segment.cue.end, "body": segment.text})
    return document({"version": "1.0.0"}, {"segments": segments})


FORMAT = FormatRegistration(
    "podcast", "JSON for a Podcasting 2.0 feed", ".podcast.json", write, takes=("rules",), for_programs=True
)
