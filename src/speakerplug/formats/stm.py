"""STM: a line per utterance, with its speaker and words, for tools that score transcripts."""

from __future__ import annotations

from ..plugin.formats import FormatRegistration
from ..subtitles import PROFILES, CueRules
from ..transcript import Transcript
from .fields import field, recording
from .segments import segments_of


def write(transcript: Transcript, rules: CueRules = PROFILES["netflix"]) -> str:
    """Return the transcript as STM: recording, channel 1, speaker, start, end, text; a line per cue.

    Only the text may have spaces: names have "_" instead, and words of an unassigned speaker those of "unknown".
    """
    file = recording(transcript)
    return "".join(
        f"{file} 1 {field(segment.name) or 'unknown'} {segment.start:.3f} {segment.end:.3f} {segment.text}\n"
        for segment in segments_of(transcript, rules)
    )


FORMAT = FormatRegistration(
    "stm", "cues with speakers, for scoring tools", ".stm", write, takes=("rules",), for_programs=True
)
