"""Markup of one format of subtitles in another: italics, bold, underlined, the eight colors of WebVTT, and places."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..ass import ESCAPES
from ..vtt import escape
from .file import KeptCue
from .units import Unit

_STYLES = {"i": "i", "em": "i", "b": "b", "strong": "b", "u": "u"}
_COLORS = {
    "white": "ffffff",
    "lime": "00ff00",
    "cyan": "00ffff",
    "red": "ff0000",
    "yellow": "ffff00",
    "magenta": "ff00ff",
    "blue": "0000ff",
    "black": "000000",
}
_BY_HEX = {value: name for name, value in _COLORS.items()}
_COLOR = re.compile(r"color\s*=\s*[\"']?#?(\w+)", re.I)
_CLASS = re.compile(rf"\.({'|'.join(_COLORS)})\b", re.I)
_COMMAND = re.compile(r"\\(?:([ibu])(\d+)|(r)(?![a-z]))")
_PLACE = re.compile(r"\\an([1-9])")
_LINE = re.compile(r"\bline:(-?\d{1,4})(%?)")
_ALIGN = re.compile(r"\balign:(left|start|right|end)\b")
BOTTOM = 2
"""Where a cue is by default: places are numbered like the keys of a number pad."""


def translated(cue: KeptCue, source: str, target: str) -> tuple[list[Unit], str]:
    """Return the units of a cue in another format, showing the same, and its settings there.

    What the other format has no word for is left out; what is never closed ends with the cue.
    """
    place = _place_of(cue, source)
    units = list(_styled(cue.units, source, target))
    if target == "vtt":
        return units, _settings(place)
    return [Unit(f"{{\\an{place}}}", is_tag=True), *units] if place != BOTTOM else units, ""


def _styled(units: Sequence[Unit], source: str, target: str) -> Iterator[Unit]:
    opened: list[tuple[str, str | None]] = []
    for unit in units:
        if not unit.is_tag:
            yield from _letters(unit, target)
        elif source == "ass":
            for command, begins in _commands(unit.raw):
                yield from _switched(opened, command, begins, target)
        elif unit.shows:
            yield from _letters(unit, target)
        elif unit.opens:
            style = _style_of(unit)
            opened.append((unit.name, style))
            if style is not None:
                yield _tag(style, True, target)
        elif unit.closes and opened and opened[-1][0] == unit.name:
            style = opened.pop()[1]
            if style is not None:
                yield _tag(style, False, target)
    for _, style in reversed(opened):
        if style is not None:
            yield _tag(style, False, target)


def _letters(unit: Unit, target: str) -> Iterator[Unit]:
    """Yield what a unit shows, a unit for each letter that is not itself there, so that others can be divided."""
    for part in re.split(r"([&<>{}\\\n])", unit.shows):
        if part:
            yield Unit(escaped(part, target), part)


def escaped(text: str, target: str) -> str:
    """Return a text as it is written in a format."""
    if target == "vtt":
        return escape(text)
    return text.translate(ESCAPES).replace("\n", r"\N") if target == "ass" else text


def _commands(tag: str) -> Iterator[tuple[str, bool]]:
    """Yield the styles that a tag of ASS begins or ends; "" for all of them."""
    for style, value, resets in _COMMAND.findall(tag):
        yield ("", False) if resets else (style, value != "0")


def _switched(opened: list[tuple[str, str | None]], style: str, begins: bool, target: str) -> Iterator[Unit]:
    """Yield the tags that switch a style of ASS, which need not nest."""
    names = [name for name, _ in opened]
    if begins and style not in names:
        opened.append((style, style))
        yield _tag(style, True, target)
    elif not begins and (not style or style in names):
        at = names.index(style) if style else 0
        ended, opened[at:] = names[at:], [(name, name) for name in names[at + 1 :]] if style else []
        yield from (_tag(name, False, target) for name in reversed(ended))
        yield from (_tag(name, True, target) for name, _ in opened[at:])


def _style_of(tag: Unit) -> str | None:
    if tag.name == "font":
        found = _COLOR.search(tag.raw)
        color = found[1].lower() if found else ""
        return _BY_HEX.get(color) or (color if color in _COLORS else None)
    if tag.name == "c":
        found = _CLASS.search(tag.raw)
        return found[1].lower() if found else None
    return _STYLES.get(tag.name)


def _tag(style: str, begins: bool, target: str) -> Unit:
    """Return the tag that begins or ends a style or a color."""
    color = _COLORS.get(style)
    if target == "ass":
        hexadecimal = "" if color is None else color[4:] + color[2:4] + color[:2]
        command = f"{style}{int(begins)}" if color is None else f"c&H{hexadecimal.upper()}&" if begins else "c"
        return Unit(f"{{\\{command}}}", is_tag=True)
    name = style if color is None else "c" if target == "vtt" else "font"
    if not begins:
        return Unit(f"</{name}>", is_tag=True)
    given = {"c": f".{style}", "font": f' color="{style}"'}.get(name, "")
    return Unit(f"<{name}{given}>", is_tag=True)


def _place_of(cue: KeptCue, source: str) -> int:
    found = next((found for unit in cue.units if unit.is_tag and (found := _PLACE.search(unit.raw))), None)
    if found or source != "vtt":
        return int(found[1]) if found else BOTTOM
    line, align = _LINE.search(cue.settings), _ALIGN.search(cue.settings)
    row = 0
    if line is not None:
        number = int(line[1])
        row = (2 if number < 34 else 1 if number < 67 else 0) if line[2] else 2 if 0 <= number < 5 else 0
    column = 1 if align is None else 0 if align[1] in ("left", "start") else 2
    return row * 3 + column + 1


def _settings(place: int) -> str:
    row, column = divmod(place - 1, 3)
    return " ".join(filter(None, (("", "line:50%", "line:0")[row], ("align:left", "", "align:right")[column])))
