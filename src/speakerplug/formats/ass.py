"""ASS: cues for editors and players with styles: a style and a color per speaker, the name in the Name field."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING

from ..errors import MediaError
from ..plugin.formats import FileContent, FormatRegistration
from ..subtitles import PROFILES, Cue, CueRules, cues_from
from ..subtitles.parsed import ParsedCue
from ..transcript import Transcript, plain
from .cue_times import Fields, TimesLine, is_decimal, milliseconds, stamp
from .fields import speaker_names
from .karaoke import parts_of
from .markup import Markup
from .timed_blocks import warn_lost

if TYPE_CHECKING:
    from pysubs2 import SSAStyle

log = logging.getLogger(__name__)

COLORS = ("FFFFFF", "FFE14D", "6FE3FF", "8DF29A", "FFB08A", "D9B8FF", "FF9EC7", "B9D6A3")
"""The colors of the speakers in order: light ones, which an outline makes readable on any picture."""

LAST_MS = 10 * 3_600_000 - 10
"""Times have a single digit for hours."""

_FIELDS = ["layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text"]
"""Fields of a dialogue line."""

ESCAPES = str.maketrans({"{": "｛", "}": "｝", "\\": "＼"})  # noqa: RUF001 - full-width forms begin no command

# A hostile file may be of any length: these expressions look at each character only a few times.
_SECTION = re.compile(r"\s*\[(?:Script Info|V4\+? Styles|Events)\]", re.IGNORECASE)
_DIALOGUE = re.compile(r"^Dialogue:[^,\n]{0,20},\s?\d{1,2}:\d\d:\d\d", re.IGNORECASE | re.MULTILINE)
_TAG = re.compile(r"(\{[^{}]*\})")
_DRAWING = re.compile(r"\\p(\d)")
_KARAOKE = re.compile(r"\\(kt|[kK](?:f|o)?)(\d{1,9})")
_COLORED = re.compile(r"\\(?:1?c&?H?[0-9a-f]|u1|b1)", re.IGNORECASE)
_RESET = re.compile(r"\\(?:r|u0|b0|1?c(?:\\|\}))")


def write(transcript: Transcript, rules: CueRules = PROFILES["netflix"]) -> str:
    """Return the transcript as ASS; what would begin a command is full-width, commas in names are semicolons.

    `rules.words` writes karaoke durations for words. Cues after ten hours, which the format has no times for, are left
    out with a warning.
    """
    return script(transcript, cues_from(transcript, rules.for_ass), rules)


def script(transcript: Transcript, cues: Sequence[Cue], rules: CueRules, texts: Mapping[int, str] | None = None) -> str:
    """Return these cues of a transcript as ASS; `texts` have markup, by the number of their cue."""
    from pysubs2 import SSAEvent, SSAFile

    name_of = speaker_names(transcript)
    file = SSAFile()
    width, height = (1080, 1920) if rules.upright else (1920, 1080)
    file.info.update({"PlayResX": str(width), "PlayResY": str(height), "ScaledBorderAndShadow": "yes"})
    file.styles["Default"] = _style(COLORS[0], rules.upright)
    styles: dict[str | None, str] = {None: "Default"}
    for number, speaker in enumerate(transcript.speakers):
        styles[speaker.id] = f"Speaker {number + 1}"
        file.styles[styles[speaker.id]] = _style(COLORS[number % len(COLORS)], rules.upright)
    kept = {number: cue for number, cue in enumerate(cues) if round(cue.end * 1000) <= LAST_MS}
    if len(kept) < len(cues):
        log.warning("ASS has no times after ten hours; %d cues are left out. VTT has them.", len(cues) - len(kept))
    file.events = [
        SSAEvent(
            start=_hundredths(cue.start) * 10,
            end=_hundredths(cue.end) * 10,
            style=styles.get(cue.speaker, "Default"),
            name=" / ".join(filter(None, map(name_of, cue.speakers))).replace(",", ";"),
            text=(texts or {}).get(number) or _text(cue, rules, styles),
        )
        for number, cue in kept.items()
    ]
    return str(file.to_string("ass", header_notice="Written by SpeakerPlug"))


def _text(cue: Cue, rules: CueRules, styles: Mapping[str | None, str]) -> str:
    """Return the lines with commands; in a cue of two speakers each line has its own style."""
    lines = _karaoke(cue) if rules.words else [line.translate(ESCAPES) for line in cue.lines]
    for number, speaker in enumerate(cue.speakers[1:], 1):
        lines[number] = f"{{\\r{styles.get(speaker, 'Default')}}}{lines[number]}"
    return cue.label.translate(ESCAPES).replace("\n", r"\N") + r"\N".join(lines)


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
            lines[number] += part.text.translate(ESCAPES)
    return lines


def _hundredths(seconds: float) -> int:
    """Return whole hundredths, truncated, so that a duration of at least some hundredths stays so."""
    return round(seconds * 1000) // 10


def _style(color: str, upright: bool) -> SSAStyle:
    """Return white or colored letters with a dark outline, at the bottom of a picture of 1080 lines.

    In an upright one, of 1920 lines, letters are larger and above what apps draw over the lowest fifth.
    """
    from pysubs2 import Color, SSAStyle

    red, green, blue = bytes.fromhex(color)
    size, outline, margin = (84, 5, 400) if upright else (56, 3, 50)
    return SSAStyle(
        fontname="Arial",
        fontsize=size,
        primarycolor=Color(red, green, blue),
        outline=outline,
        shadow=1,
        marginv=margin,
    )


def matches(file: FileContent) -> bool:
    """Return whether it begins as an ASS script does, or has a line of its dialogue near its beginning."""
    return _SECTION.match(file.head) is not None or _DIALOGUE.search(file.head) is not None


def read_cues(file: FileContent) -> list[ParsedCue]:
    """Return the dialogue of an ASS or SSA file with names and karaoke times, in the order of the file.

    Lines that cannot be read are named in a warning. Raises MediaError for a file without events, or without any that
    can be read.
    """
    return list(cues_by_line(file).values())


def cues_by_line(file: FileContent, warns: bool = True) -> dict[int, ParsedCue]:
    """Return the cues of `read_cues` by the index of their line in the file."""
    lines = file.text.splitlines()
    dialogue = [number for number, line in enumerate(lines) if line.lstrip()[:9].lower() == "dialogue:"]
    if not dialogue and "[events]" not in file.text.lower():
        raise MediaError(f"{file.path} has no cues; name a file of subtitles, such as SRT, VTT or ASS.")
    if not dialogue and warns:
        log.warning("%s has no dialogue; if it should have some, export it again.", file.path)
    fields = fields_of(lines)
    found = {number: _event(lines[number], fields) for number in dialogue}
    events = {number: event for number, event in found.items() if event is not None}
    if dialogue and not events:
        shown = lines[dialogue[0]].strip()
        raise MediaError(f"{file.path} is not readable as ASS (its first dialogue is {shown:.60}); export it again.")
    if warns:
        warn_lost(file.path, [(number + 1, lines[number]) for number, event in found.items() if event is None])
    decimal = is_decimal(TimesLine(start, end, "") for start, end, _, _ in events.values())
    cues = {
        number: _cue(milliseconds(start, decimal), milliseconds(end, decimal), name, text)
        for number, (start, end, name, text) in events.items()
    }
    return {number: cue for number, cue in cues.items() if cue is not None}


def fields_of(lines: Sequence[str]) -> list[str]:
    """Return the names of the fields of dialogue: those of the last Format line before it, if it has what is needed."""
    before = takewhile(lambda line: line.lstrip()[:9].lower() != "dialogue:", lines)
    formats = [line.partition(":")[2] for line in before if line.lstrip()[:7].lower() == "format:"]
    names = [name.strip().lower() for name in formats[-1].split(",")] if formats else []
    return names if {"start", "end", "text"} <= set(names) and names[-1] == "text" else _FIELDS


def _event(line: str, fields: Sequence[str]) -> tuple[Fields, Fields, str, str] | None:
    """Return start, end, name and text of a line of dialogue; None where it has no times or too few fields."""
    values = line.partition(":")[2].split(",", len(fields) - 1)
    if len(values) < len(fields):
        return None
    given = dict(zip(fields, values, strict=True))
    start, end = stamp(given["start"]), stamp(given["end"])
    name = plain(given.get("name", given.get("actor", "")))
    return None if start is None or end is None else (start, end, name, given["text"])


def _cue(start_ms: int, end_ms: int, name: str, text: str) -> ParsedCue | None:
    """Return the cue of a line of dialogue; None for one that only draws."""
    markup, has_drawn = _shown(text, start_ms)
    cue = markup.cue(max(0, start_ms), end_ms)
    if has_drawn and not cue.text.strip():
        return None
    names, lines = name.split(" / "), cue.text.split("\n")
    # Our own cue of two speakers has a line with a hyphen for each.
    if len(names) == len(lines) > 1 and all(line.startswith("-") for line in lines):
        breaks = ["\n"] * (len(lines) - 1) + [""]
        parts = zip(names, (line + end for line, end in zip(lines, breaks, strict=True)), strict=True)
        return replace(cue, parts=tuple(parts))
    return replace(cue, parts=((name or None, cue.text),))


def _shown(text: str, start_ms: int) -> tuple[Markup, bool]:
    """Return the text without commands, with the times of karaoke; and whether it draws, which is no text."""
    markup, now, draws, has_drawn = Markup(), start_ms, False, False
    for number, token in enumerate(_TAG.split(text)):
        if number % 2 == 0:
            if not draws:
                markup.add(token.replace(r"\h", " ").replace(r"\n", r"\N").replace(r"\N", "\n"))
            continue
        for kind, length in _KARAOKE.findall(token):
            now = start_ms + int(length) * 10 if kind == "kt" else now
            markup.times.append((markup.length, now))
            now += 0 if kind == "kt" else int(length) * 10
        draws = draws_after(token, draws)
        has_drawn |= draws
        if _COLORED.search(token):
            markup.open()
        elif _RESET.search(token):
            markup.close()
    return markup, has_drawn


def draws_after(tag: str, draws: bool) -> bool:
    """Return whether what follows a tag is a drawing; `draws`: what is before it is one."""
    levels = _DRAWING.findall(tag)
    return levels[-1] != "0" if levels else draws


FORMAT = FormatRegistration(
    "ass",
    "subtitles with a style and a color for each speaker",
    ".ass",
    write,
    takes=("rules",),
    matches=matches,
    read_cues=read_cues,
)
