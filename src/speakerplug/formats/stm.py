"""STM: a line an utterance, with its speaker and words, as tools that score transcripts read it."""

from __future__ import annotations

from ..plugin.formats import FormatRegistration
from ..subtitles import PROFILES, CueRules
from ..transcript import Transcript
from .fields import field, recording
from .segments import segments_of


def write(transcript: Transcript, rules: CueRules = PROFILES["netflix"]) -> str:
    """The transcript as STM: recording, channel 1, speaker, start, end, text; a line a cue.

    Only the text may hold spaces: names have "_" instead, and words of nobody are those of "unknown".
    """
    file = recording(transcript)
    return "".join(
        f"{file} 1 {field(segment.name) or 'unknown'} {segment.start:.3f} {segment.end:.3f} {segment.text}\n"
        for segment in segments_of(transcript, rules)
    )


FORMAT = FormatRegistration(
    "stm", "cues with speakers, as tools that score read them", ".stm", write, takes=("rules",), for_programs=True
)
