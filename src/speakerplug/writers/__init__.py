"""The formats that come with SpeakerPlug: each writer turns a transcript into text and opens no file."""

from __future__ import annotations

from ..hookspecs import RegisterWriter, hookimpl
from . import json, rttm, srt, txt, vtt


@hookimpl
def register_writers(register: RegisterWriter) -> None:
    """Offer VTT, SRT, JSON, TXT and RTTM."""
    register("vtt", vtt.write, suffix=".vtt", description="WebVTT subtitles, each cue with its voice")
    register("srt", srt.write, suffix=".srt", description="SubRip subtitles, a name where the speaker changes")
    register("json", json.write, suffix=".json", description="words, turns and speakers; speakerplug.load reads it")
    register("txt", txt.write, suffix=".txt", description="a script to read, one paragraph a speaker")
    register("rttm", rttm.write, suffix=".rttm", description="turns alone, as tools for diarization read them")
