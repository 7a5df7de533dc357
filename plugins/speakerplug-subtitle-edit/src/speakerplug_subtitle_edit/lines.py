"""Lines of subtitles as Subtitle Edit passes them: of SubRip, and of ASS, whose lines have a field for the speaker."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

HEADER = """[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, \
StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Arial,20,&H00FFFFFF,&H0000FFFF,&H00000000,&H00000000,0,0,0,0,100,100,0,0,1,1,1,2,10,10,10,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""
"""What Subtitle Edit itself writes for a script without styles."""

_TIMES = re.compile(r"^(\d+):(\d\d):(\d\d)[,.](\d{3}) --> (\d+):(\d\d):(\d\d)[,.](\d{3})", re.MULTILINE)
_NUMBER = re.compile(r"\n?[^\n]*\n\Z")
_EVENT = re.compile(r"^(?:Dialogue|Comment):.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a subtitle, its times in milliseconds, and the speaker's name, "" for none."""

    start_ms: int
    end_ms: int
    text: str
    name: str = ""


def lines_of_subrip(text: str) -> list[Line]:
    """Return the lines of SubRip, with their markup; blank lines within a text stay."""
    text = text.replace("\r\n", "\n")
    found = list(_TIMES.finditer(text))
    lines = []
    for times, following in zip_longest(found, found[1:]):
        body = text[times.end() :] if following is None else _NUMBER.sub("", text[times.end() : following.start()])
        start_ms, end_ms = (_milliseconds(times.groups()[at : at + 4]) for at in (0, 4))
        lines.append(Line(start_ms, end_ms, body.partition("\n")[2].rstrip("\n")))
    return lines


def lines_of_ass(text: str) -> Iterator[Line]:
    """Yield the spoken lines of ASS that SpeakerPlug wrote, whose fields are always the same."""
    for event in _EVENT.findall(text):
        kind, _, rest = event.partition(":")
        _, start, end, _, name, _, _, _, _, body = rest.split(",", 9)
        if kind == "Dialogue":
            yield Line(_clock_ms(start), _clock_ms(end), body, name.strip())


def with_names(lines: Sequence[Line], named: Iterable[Line]) -> list[Line]:
    """Return the lines with the names of those in `named` that have their start, in the order of both."""
    waiting, result = iter(named), []
    following = next(waiting, None)
    for line in lines:
        if following is not None and abs(following.start_ms - line.start_ms) <= 10:  # ASS has hundredths of a second
            line, following = replace(line, name=following.name), next(waiting, None)
        result.append(line)
    return result


def ass_of(lines: Iterable[Line]) -> str:
    """Return lines as Subtitle Edit reads ASS: with milliseconds, and with the markup of SubRip, which it keeps."""
    events = []
    for line in lines:
        start, end = (_clock(time) for time in (line.start_ms, line.end_ms))
        body = line.text.replace("\n", "\\N")
        events.append(f"Dialogue: 0,{start},{end},Default,{line.name},0,0,0,,{body}\n")
    return HEADER + "".join(events)


def with_selected_events(new: str, old: str, selected: Container[int]) -> str:
    """Return the script `new` with the events of an `old` one where they are not selected, if it has as many."""
    events, before = _EVENT.findall(new), _EVENT.findall(old.replace("\r\n", "\n"))
    if len(events) != len(before):
        return new
    chosen = iter([event if at in selected else before[at] for at, event in enumerate(events)])
    return _EVENT.sub(lambda _: next(chosen), new)


def _milliseconds(parts: Sequence[str]) -> int:
    hours, minutes, seconds, milliseconds = map(int, parts)
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + milliseconds


def _clock_ms(time: str) -> int:
    hours, minutes, seconds = time.split(":")
    return round((int(hours) * 3600 + int(minutes) * 60 + float(seconds)) * 1000)


def _clock(time_ms: int) -> str:
    seconds, milliseconds = divmod(time_ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}.{milliseconds:03}"
