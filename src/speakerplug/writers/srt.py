"""SubRip: numbered cues; `Name: ` stands where the speaker changes, because the format knows no speakers."""

from __future__ import annotations

from ..cues import Cue, cues_from
from ..transcript import Transcript
from .names import naming
from .timecode import timecode


def write(transcript: Transcript) -> str:
    """The transcript as SubRip text, without markup or entities; empty where there is nothing to show."""
    name_of = naming(transcript)
    blocks = []
    previous: str | None = None
    for number, cue in enumerate(cues_from(transcript), 1):
        name = name_of(cue.speaker)
        label = f"{name}: " if name and cue.speaker != previous else ""
        blocks.append(_block(number, cue, label))
        previous = cue.speaker
    return "\n".join(blocks)


def _block(number: int, cue: Cue, label: str) -> str:
    # An arrow of ASCII signs would be read as another cue's times.
    text = (label + "\n".join(cue.lines)).replace("-->", "→")
    return f"{number}\n{timecode(cue.start, ',')} --> {timecode(cue.end, ',')}\n{text}\n"
