"""The formats that come with SpeakerPlug: each writer turns a transcript into text and opens no file."""

from __future__ import annotations

from ..plugin.hooks import RegisterWriter, hookimpl
from . import ass, ctm, html, json, md, openai, podcast, rttm, srt, stm, tsv, txt, vtt, whisperx


@hookimpl
def register_writers(register: RegisterWriter) -> None:
    """Offer every format; JSON forms of others have two suffixes, so that they lie beside our own."""
    register("vtt", vtt.write, suffix=".vtt", description="WebVTT subtitles, each cue with its voice")
    register("srt", srt.write, suffix=".srt", description="SubRip subtitles, a name where the speaker changes")
    register("json", json.write, suffix=".json", description="words, turns and speakers; speakerplug.load reads it")
    register("txt", txt.write, suffix=".txt", description="a script to read, one paragraph a speaker")
    register("ass", ass.write, suffix=".ass", description="subtitles with a style and a colour for each speaker")
    register("md", md.write, suffix=".md", description="Markdown to read, one paragraph a speaker")
    register("html", html.write, suffix=".html", description="a web page that plays, searches and corrects it")
    register("tsv", tsv.write, suffix=".tsv", description="a table of cues, for spreadsheets")
    register("rttm", rttm.write, suffix=".rttm", description="turns alone, as tools for diarization read them")
    register("stm", stm.write, suffix=".stm", description="cues with speakers, as tools that score read them")
    register("ctm", ctm.write, suffix=".ctm", description="words alone, as tools that score read them")
    register("podcast", podcast.write, suffix=".podcast.json", description="JSON for a Podcasting 2.0 feed")
    register("openai", openai.write_diarized, suffix=".diarized.json", description="JSON as OpenAI's diarized_json")
    register("verbose_json", openai.write_verbose, suffix=".verbose.json", description="JSON as OpenAI's verbose_json")
    register("whisperx", whisperx.write, suffix=".whisperx.json", description="JSON as WhisperX saves it")
