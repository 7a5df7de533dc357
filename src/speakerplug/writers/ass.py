"""ASS: cues for editors and players that show styles; a style and a colour a speaker, the name in the Name field."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ..cues import cues_from
from ..transcript import Transcript
from .names import naming

if TYPE_CHECKING:
    from pysubs2 import SSAStyle

log = logging.getLogger(__name__)

COLOURS = ("FFFFFF", "FFE14D", "6FE3FF", "8DF29A", "FFB08A", "D9B8FF", "FF9EC7", "B9D6A3")
"""Of the first speaker, the second, ...: light ones, which an outline makes readable on any picture."""

LAST_MS = 10 * 3_600_000 - 10
"""Times have one digit for hours."""

_MEANINGS = str.maketrans({"{": "｛", "}": "｝", "\\": "＼"})  # noqa: RUF001 - wide ones mean nothing to any player


def write(transcript: Transcript) -> str:
    """The transcript as ASS; what would begin a command has its wide form, and a comma in a name is a semicolon.

    Cues after ten hours, which the format has no times for, are left out with a warning.
    """
    from pysubs2 import SSAEvent, SSAFile

    name_of = naming(transcript)
    file = SSAFile()
    file.info.update({"PlayResX": "1920", "PlayResY": "1080", "ScaledBorderAndShadow": "yes"})
    file.styles["Default"] = _style(COLOURS[0])
    styles: dict[str | None, str] = {None: "Default"}
    for number, speaker in enumerate(transcript.speakers):
        styles[speaker.id] = f"Speaker {number + 1}"
        file.styles[styles[speaker.id]] = _style(COLOURS[number % len(COLOURS)])
    cues = cues_from(transcript)
    kept = [cue for cue in cues if round(cue.end * 1000) <= LAST_MS]
    if len(kept) < len(cues):
        log.warning("ASS has no times after ten hours; %d cues are left out. VTT has them.", len(cues) - len(kept))
    file.events = [
        SSAEvent(
            start=round(cue.start * 1000),
            end=round(cue.end * 1000),
            style=styles.get(cue.speaker, "Default"),
            name=name_of(cue.speaker).replace(",", ";"),
            text=r"\N".join(line.translate(_MEANINGS) for line in cue.lines),
        )
        for cue in kept
    ]
    return str(file.to_string("ass", header_notice="Written by SpeakerPlug"))


def _style(colour: str) -> SSAStyle:
    """White or coloured letters with a dark outline, at the bottom of a picture of 1080 lines."""
    from pysubs2 import Color, SSAStyle

    red, green, blue = bytes.fromhex(colour)
    return SSAStyle(
        fontname="Arial", fontsize=56, primarycolor=Color(red, green, blue), outline=3, shadow=1, marginv=50
    )
