"""What `speakerplug diarize` writes beside RTTM: turns to read, and turns for programs, of a transcript without words.

docs/diarization.schema.json describes the JSON.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace

from ..attribution.speaking_time import SpeakingTime, speaking_times
from ..plugin.formats import FormatRegistration
from ..transcript import Transcript
from . import rttm
from .fields import naming, timecode
from .json import Record, described, document, rounded

SCHEMA = "speakerplug/diarization"
VERSION = "1.0"


def write_txt(transcript: Transcript) -> str:
    """A line a turn: start, end, and who talks."""
    name_of = naming(transcript)
    return "".join(
        f"{timecode(turn.start, '.')}  {timecode(turn.end, '.')}  {name_of(turn.speaker)}\n"
        for turn in transcript.turns
    )


def write_json(transcript: Transcript) -> str:
    """The turns, regular and exclusive, and how much each speaker talks (by the regular ones)."""
    origin, turns = described(transcript)
    return document({"schema": SCHEMA, "version": VERSION, **origin}, {"speakers": _speakers(transcript), **turns})


def _speakers(transcript: Transcript) -> list[Record]:
    """A speaker who is heard in exclusive turns alone talks for no time."""
    talks = {talk.speaker: talk for talk in speaking_times(transcript.turns)}
    records = []
    for speaker in transcript.speakers:
        talk = talks.get(speaker.id) or SpeakingTime(speaker.id, 0.0, 0.0, 0, 0.0)
        seconds = {"talk_s": rounded(talk.seconds), "overlap_s": rounded(talk.overlapped)}
        records.append(asdict(speaker) | seconds | {"share": round(talk.share, 3), "turns": talk.turns})
    return records


def formats_of_turns(exclusive: bool = False) -> dict[str, FormatRegistration]:
    """Return what `diarize` writes, by name; with `exclusive`, RTTM and text have one speaker at a time.

    Beside a recording these files must not lie where a transcript's do.
    """

    def chosen(write: Callable[[Transcript], str]) -> Callable[[Transcript], str]:
        """A writer of turns, given the exclusive ones where these are wanted."""
        return lambda transcript: write(replace(transcript, turns=transcript.exclusive) if exclusive else transcript)

    return {
        "rttm": replace(rttm.FORMAT, write=chosen(rttm.write)),
        "json": FormatRegistration("json", suffix=".diarization.json", write=write_json, for_programs=True),
        "txt": FormatRegistration("txt", suffix=".turns.txt", write=chosen(write_txt)),
    }
