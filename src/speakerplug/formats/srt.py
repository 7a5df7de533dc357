"""SubRip: numbered cues; `Name: ` begins a cue where the speaker changes, as the format has no speakers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from ..plugin.formats import FileContent, FormatRegistration
from ..subtitles import PROFILES, Cue, CueRules, cues_from
from ..subtitles.parsed import ParsedCue
from ..transcript import Transcript, plain
from .fields import timecode
from .subtitles import TIMES, timed_blocks, transcript_from_cues

# A hostile file may be of any length: these expressions look at each character only a few times.
_STYLE = re.compile(r"(</?(?:[bius]|font)(?:\s[^<>]*)?>)", re.IGNORECASE)
_POSITION = re.compile(r"\{\\[^{}]*\}")
_LABEL = re.compile(r"(?=\S)(.{1,60}?):\s(?=.*\S)")


def write(transcript: Transcript, rules: CueRules = PROFILES["netflix"]) -> str:
    """Return the transcript as SubRip text, without markup or entities; empty where there is nothing to show."""
    return "\n".join(_block(number, cue) for number, cue in enumerate(cues_from(transcript, rules.for_srt), 1))


def _block(number: int, cue: Cue) -> str:
    # "-->" in text would be read as the times of another cue.
    text = (cue.label + "\n".join(cue.lines)).replace("-->", "→")
    return f"{number}\n{timecode(cue.start, ',')} --> {timecode(cue.end, ',')}\n{text}\n"


def matches(file: FileContent) -> bool:
    """Return whether a line of times is near its beginning, and it is no other format with such lines."""
    return TIMES.search(file.head) is not None and not file.head.lstrip().startswith(("WEBVTT", "{", "["))


def read(file: FileContent) -> Transcript:
    """Return the transcript in a SubRip file: a label (`Name: `) holds until the next one, if the first cue has one."""
    return transcript_from_cues(_labeled(read_cues(file)), file.path)


def read_cues(file: FileContent) -> list[ParsedCue]:
    """Return the cues of a SubRip file, without tags of style and position."""
    cues = []
    for start, end, lines in timed_blocks(file):
        text = "\n".join(filter(str.strip, lines))  # some files have blank lines within a cue
        cues.append(ParsedCue(start, end, ((None, _unstyled(_POSITION.sub("", text))),) if text else ()))
    return cues


def _labeled(cues: Iterable[ParsedCue]) -> Iterator[ParsedCue]:
    speaker: str | None = None
    for number, cue in enumerate(cues):
        text = "\n".join(cue.lines)
        label = _label(text) if number == 0 or speaker is not None else None
        if label is not None:
            speaker, text = plain(label[1]), text[label.end() :]
        yield replace(cue, parts=((speaker, text),))


def _label(text: str) -> re.Match[str] | None:
    """Return what is before the first colon, if it may be a name: short, not lowercase, and no sentence."""
    label = _LABEL.match(text)
    return label if label and not label[1][0].islower() and not set(label[1]) & set("?!…") else None


def _unstyled(text: str) -> str:
    """Return the text without tags of style that are opened and closed, or at the edge of a line; others are text."""
    tokens = _STYLE.split(text)  # every second one is a tag
    marks = _closed(tokens[1::2])
    for order in (range(len(tokens)), range(len(tokens) - 1, -1, -1)):
        at_edge = True
        for place in order:
            if place % 2:
                marks |= {place // 2} if at_edge else set()
                continue
            lines = tokens[place].split("\n")
            nearest = lines[-1] if order.step > 0 else lines[0]
            at_edge = (at_edge or len(lines) > 1) and not nearest.strip()
    return "".join(token for place, token in enumerate(tokens) if not (place % 2 and place // 2 in marks))


def _closed(tags: Iterable[str]) -> set[int]:
    """Return the indexes of the tags that are opened and closed."""
    opened: dict[str, list[int]] = {}
    closed: set[int] = set()
    for number, tag in enumerate(tags):
        name = tag.strip("</>").split()[0].lower()
        waiting = opened.setdefault(name, [])
        if not tag.startswith("</"):
            waiting.append(number)
        elif waiting:
            closed |= {waiting.pop(), number}
    return closed


FORMAT = FormatRegistration(
    "srt",
    "SubRip subtitles with a name where the speaker changes",
    ".srt",
    write,
    takes=("rules",),
    matches=matches,
    read=read,
    read_cues=read_cues,
)
