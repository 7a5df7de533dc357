"""ASS: cues for editors and players with styles: a style and a color per speaker, the name in the Name field."""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from ..errors import MediaError
from ..plugin.formats import FileContent, FormatRegistration
from ..subtitles import PROFILES, Cue, CueRules, cues_from
from ..subtitles.parsed import ParsedCue
from ..transcript import Transcript
from .fields import speaker_names
from .karaoke import parts_of

if TYPE_CHECKING:
    from pathlib import Path

    from pysubs2 import SSAEvent, SSAStyle

log = logging.getLogger(__name__)

COLORS = ("FFFFFF", "FFE14D", "6FE3FF", "8DF29A", "FFB08A", "D9B8FF", "FF9EC7", "B9D6A3")
"""The colors of the speakers in order: light ones, which an outline makes readable on any picture."""

LAST_MS = 10 * 3_600_000 - 10
"""Times have a single digit for hours."""

FIELDS = 10
"""Fields of a dialogue line, of which the last is the text."""

_ESCAPES = str.maketrans({"{": "｛", "}": "｝", "\\": "＼"})  # noqa: RUF001 - full-width forms begin no command
_TAG = re.compile(r"\{[^}]*\}")
_DRAWING = re.compile(r"\{[^{}]*\\p[1-9]")


def write(transcript: Transcript, rules: CueRules = PROFILES["netflix"]) -> str:
    """Return the transcript as ASS; what would begin a command is full-width, commas in names are semicolons.

    `rules.words` writes karaoke durations for words. Cues after ten hours, which the format has no times for, are left
    out with a warning.
    """
    from pysubs2 import SSAEvent, SSAFile

    name_of = speaker_names(transcript)
    file = SSAFile()
    file.info.update({"PlayResX": "1920", "PlayResY": "1080", "ScaledBorderAndShadow": "yes"})
    file.styles["Default"] = _style(COLORS[0])
    styles: dict[str | None, str] = {None: "Default"}
    for number, speaker in enumerate(transcript.speakers):
        styles[speaker.id] = f"Speaker {number + 1}"
        file.styles[styles[speaker.id]] = _style(COLORS[number % len(COLORS)])
    cues = cues_from(transcript, rules.for_ass)
    kept = [cue for cue in cues if round(cue.end * 1000) <= LAST_MS]
    if len(kept) < len(cues):
        log.warning("ASS has no times after ten hours; %d cues are left out. VTT has them.", len(cues) - len(kept))
    file.events = [
        SSAEvent(
            start=_hundredths(cue.start) * 10,
            end=_hundredths(cue.end) * 10,
            style=styles.get(cue.speaker, "Default"),
            name=" / ".join(filter(None, map(name_of, cue.speakers))).replace(",", ";"),
            text=_text(cue, rules, styles),
        )
        for cue in kept
    ]
    return str(file.to_string("ass", header_notice="Written by SpeakerPlug"))


def _text(cue: Cue, rules: CueRules, styles: Mapping[str | None, str]) -> str:
    """Return the lines with commands; in a cue of two speakers each line has its own style."""
    lines = _karaoke(cue) if rules.words else [line.translate(_ESCAPES) for line in cue.lines]
    for number, speaker in enumerate(cue.speakers[1:], 1):
        lines[number] = f"{{\\r{styles.get(speaker, 'Default')}}}{lines[number]}"
    return cue.label.translate(_ESCAPES).replace("\n", r"\N") + r"\N".join(lines)


def _karaoke(cue: Cue) -> list[str]:
    """Return the lines with the karaoke duration of each word, in hundredths of a second."""
    divided = list(parts_of(cue))
    starts = [_hundredths(part.start) for parts in divided for part in parts if part.start is not None]
    now, *ends = [_hundredths(cue.start), *starts, _hundredths(cue.end)]
    lines = [""] * len(divided)
    lines[0] = f"{{\\k{ends[0] - now}}}"
    lengths = iter([after - before for before, after in pairwise(ends)])
    for number, parts in enumerate(divided):
        for part in parts:
            lines[number] += "" if part.start is None else f"{{\\k{next(lengths)}}}"
            lines[number] += part.text.translate(_ESCAPES)
    return lines


def _hundredths(seconds: float) -> int:
    """Return whole hundredths, truncated, so that a duration of at least some hundredths stays so."""
    return round(seconds * 1000) // 10


def _style(color: str) -> SSAStyle:
    """Return white or colored letters with a dark outline, at the bottom of a picture of 1080 lines."""
    from pysubs2 import Color, SSAStyle

    red, green, blue = bytes.fromhex(color)
    return SSAStyle(
        fontname="Arial", fontsize=56, primarycolor=Color(red, green, blue), outline=3, shadow=1, marginv=50
    )


def matches(file: FileContent) -> bool:
    """Return whether it begins as an ASS script does."""
    return file.head.lstrip().startswith("[Script Info]")


def read_cues(file: FileContent) -> list[ParsedCue]:
    """Return the dialogue of an ASS file; pysubs2 gets no other lines, as they show nothing and may be hostile.

    Lines that cannot be read are left out with a warning. Raises MediaError for a file without events, or without any
    that can be read.
    """
    if "[Events]" not in file.text:
        raise MediaError(f"{file.path} has no cues; name a file of subtitles, such as SRT, VTT or ASS.")
    dialogue = [line for line in file.text.split("\n") if line.strip().startswith("Dialogue:")]
    if not dialogue:
        log.warning("%s has no dialogue; if it should have some, export it again.", file.path)
    return [
        ParsedCue(event.start, event.end, ((event.name.strip() or None, _shown(event.text)),))
        for event in _events(dialogue, file.path)
        if not _DRAWING.search(event.text)
    ]


def _events(dialogue: Sequence[str], path: Path) -> list[SSAEvent]:
    try:
        return _parsed(dialogue)
    except Exception as error:  # a parser that expects no damage may raise anything
        damage = error
    events: list[SSAEvent] = []
    for line in dialogue:
        with contextlib.suppress(Exception):
            events += _parsed([line])
    if not events:
        raise MediaError(f"{path} is not readable as ASS ({damage}); export it again.") from damage
    lost = len(dialogue) - len(events)
    log.warning("%s: %d of %d lines of dialogue are left out (%s); export it again.", path, lost, len(dialogue), damage)
    return events


def _parsed(dialogue: Sequence[str]) -> list[SSAEvent]:
    import pysubs2

    if any(line.count(",") < FIELDS - 1 for line in dialogue):
        raise ValueError(f"a line has fewer than {FIELDS} fields")
    return pysubs2.SSAFile.from_string("\n".join(["[Events]", *dialogue]), format_="ass").events


def _shown(text: str) -> str:
    """Return what pysubs2's `plaintext` has, in linear time."""
    head, mark, rest = text.rpartition("}")
    shown = _TAG.sub("", head + mark) + rest
    return shown.replace(r"\h", " ").replace(r"\n", r"\N").replace(r"\N", "\n")


FORMAT = FormatRegistration(
    "ass",
    "subtitles with a style and a color for each speaker",
    ".ass",
    write,
    takes=("rules",),
    matches=matches,
    read_cues=read_cues,
)
