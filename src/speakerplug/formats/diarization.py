"""The formats of `speakerplug diarize`: RTTM, and turns as text and JSON, of a transcript without words.

docs/diarization.schema.json describes the JSON.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace

from ..attribution.speaking_time import SpeakingTime, speaking_times
from ..plugin.formats import FormatRegistration
from ..transcript import Transcript
from . import rttm
from .fields import speaker_names, timecode
from .json import Record, described, document, rounded

SCHEMA = "speakerplug/diarization"
VERSION = "1.0"


def write_txt(transcript: Transcript) -> str:
    """Return a line per turn: start, end and speaker."""
    name_of = speaker_names(transcript)
    return "".join(
        f"{timecode(turn.start, '.')}  {timecode(turn.end, '.')}  {name_of(turn.speaker)}\n"
        for turn in transcript.turns
    )


def write_json(transcript: Transcript) -> str:
    """Return the regular and exclusive turns, and the speaking time of each speaker (by the regular turns)."""
    origin, turns = described(transcript)
    return document({"schema": SCHEMA, "version": VERSION, **origin}, {"speakers": _speakers(transcript), **turns})


def _speakers(transcript: Transcript) -> list[Record]:
    """Return the speakers; one who has exclusive turns only has no speaking time."""
    times = {time.speaker: time for time in speaking_times(transcript.turns)}
    records = []
    for speaker in transcript.speakers:
        time = times.get(speaker.id) or SpeakingTime(speaker.id, 0.0, 0.0, 0, 0.0)
        seconds = {"talk_s": rounded(time.seconds), "overlap_s": rounded(time.overlapped)}
        records.append(asdict(speaker) | seconds | {"share": round(time.share, 3), "turns": time.turns})
    return records


def formats_of_turns(exclusive: bool = False) -> dict[str, FormatRegistration]:
    """Return the formats of `diarize` by name; with `exclusive`, RTTM and text have one speaker at a time.

    Their suffixes keep these files from overwriting those of a transcript of the same recording.
    """

    def chosen(write: Callable[[Transcript], str]) -> Callable[[Transcript], str]:
        """Return a writer of the exclusive turns if they are wanted, else of the regular ones."""
        return lambda transcript: write(replace(transcript, turns=transcript.exclusive) if exclusive else transcript)

    return {
        "rttm": replace(rttm.FORMAT, write=chosen(rttm.write)),
        "json": FormatRegistration("json", suffix=".diarization.json", write=write_json, for_programs=True),
        "txt": FormatRegistration("txt", suffix=".turns.txt", write=chosen(write_txt)),
    }
