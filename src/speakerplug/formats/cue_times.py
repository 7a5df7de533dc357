"""The line of times above a cue, as people and programs write it: more ways than the formats have."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_GAP = r"[^\S\n]{0,3}"
_COLON = rf"{_GAP}:{_GAP}"
_STAMP = rf"(?:(-?\d{{1,9}}){_COLON})?(-?\d{{1,9}}){_COLON}(-?\d{{1,9}})(?:{_GAP}([.,:;]{_GAP}-?\d{{1,9}}))?"
_ARROW = rf"{_GAP}[-=]{{1,4}}{_GAP}>{_GAP}"
_LINE = re.compile(rf"\s*\[?{_STAMP}{_ARROW}(?:{_STAMP}(?![\w:.,])\]?|$)(.*)")
# Without an arrow, only what cannot be text: two complete times and nothing else.
_FULL = r"(\d{1,9}):(\d{1,2}):(\d{1,2})"
_BARE_LINES = tuple(
    re.compile(rf"\s*{_FULL}{fraction}{gap}{_FULL}{fraction}\s*()$")
    for fraction, gap in ((r"([.,]\d{1,3})", r"(?:\s*-+\s*|\s+|\s*,\s*)"), (r"(\.\d{1,3})?", r"\s?,\s?"))
)
_DAMAGED = re.compile(r"\s*-?\d{1,9}\s?:\s?\d{1,9}\s?(?::.{0,40}-->|:\s?\d{1,9}[.,:;])")
_SINGLE = re.compile(_STAMP)
# What input methods write for ASCII, and the arrows and dashes of word processors.
_ASCII = {0xFF01 + offset: chr(0x21 + offset) for offset in range(94)} | {
    **dict.fromkeys(map(ord, "\u2010\u2013\u2014\u2212"), "-"),
    ord("\u2192"): "-->",
    ord("\u3000"): " ",
}
LONGEST = 1000
"""Characters of a line that are looked at, at most."""

Fields = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class TimesLine:
    """The fields of a line of times as they stand there: hours, minutes, seconds, sign and fraction; and the `rest`.

    All of `end` are None where the line has none.
    """

    start: Fields
    end: Fields
    rest: str


def times_line(line: str, is_alone: bool = False) -> TimesLine | None:
    """Return the fields of a line of times, None for another one; `is_alone`: no text comes before it in its block."""
    if ":" not in line and "\uff1a" not in line:
        return None
    if "→" in line and not is_alone:  # what we write for an arrow in text
        return None
    text = line[:LONGEST] if line.isascii() else line[:LONGEST].translate(_ASCII)
    expressions = (_LINE, *_BARE_LINES) if is_alone else (_LINE,)
    found = next((found for expression in expressions if (found := expression.match(text))), None)
    return TimesLine(found.groups()[:4], found.groups()[4:8], found.groups()[8].strip()) if found else None


def is_damaged(line: str) -> bool:
    """Return whether a line that has no times looks like one that should."""
    return _DAMAGED.match(line[:LONGEST].translate(_ASCII)) is not None


def is_decimal(lines: Iterable[TimesLine]) -> bool:
    """Return whether a fraction of one or two digits is decimal: `1,5` is a second and a half.

    Where the width of fields varies, their zeros are missing, and it is a number of milliseconds, as for players.
    After a point it is always decimal.
    """
    stamps = [stamp for line in lines for stamp in (line.start, line.end) if stamp[1] is not None]
    widths = {len(_digits(fraction)) for *_, fraction in stamps if fraction is not None and fraction[0] != "."}
    return len(widths) < 2 and all(len(second or "") > 1 for _, _, second, _ in stamps)


def milliseconds(stamp: Fields, decimal: bool = True) -> int:
    """Return a time in milliseconds; negative where any of its fields is."""
    hours, minutes, seconds, fraction = (field or "" for field in stamp)
    whole_s = (_size(hours) * 60 + _size(minutes)) * 60 + _size(seconds)
    digits = _digits(fraction)
    decimal = decimal or len(digits) > 3 or fraction.startswith(".")
    part_ms = round(_size(digits) * 10 ** (3 - len(digits))) if decimal else _size(digits)
    return (-1 if "-" in hours + minutes + seconds + fraction else 1) * (whole_s * 1000 + part_ms)


def _size(field: str) -> int:
    return int(field.lstrip("-") or 0)


def _digits(fraction: str) -> str:
    return fraction.lstrip(".,:;- \t\xa0")


def stamp(text: str) -> Fields | None:
    """Return the fields of a single time, None for what is none."""
    found = _SINGLE.fullmatch(text.strip()[:LONGEST])
    return found.groups() if found else None
