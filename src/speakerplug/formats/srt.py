"""SubRip: numbered cues; `Name: ` stands where the speaker changes, because the format knows no speakers."""

from __future__ import annotations

from ..subtitles import Cue, CueRules, cues_from
from ..transcript import Transcript
from .timecode import timecode

_NETFLIX = CueRules()


def write(transcript: Transcript, rules: CueRules = _NETFLIX) -> str:
    """The transcript as SubRip text, without markup or entities; empty where there is nothing to show."""
    return "\n".join(_block(number, cue) for number, cue in enumerate(cues_from(transcript, rules.for_srt), 1))


def _block(number: int, cue: Cue) -> str:
    # An arrow of ASCII signs would be read as another cue's times.
    text = (cue.label + "\n".join(cue.lines)).replace("-->", "→")
    return f"{number}\n{timecode(cue.start, ',')} --> {timecode(cue.end, ',')}\n{text}\n"
