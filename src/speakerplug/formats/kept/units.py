"""The text of a cue as its file has it, in units: tags and entities, and the letters that they show."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..markup import ENTITY

_PLACING = re.compile(r"\\(?:an?\d|pos|move|org|fade?|q\d|[ibus]0|r)")
"""Commands of ASS for a whole cue, and those that end a style."""
_NAME = re.compile(r"[<{]\s*/?\s*([a-z]+)", re.I)


@dataclass(frozen=True, slots=True)
class Unit:
    """A tag or a part of the text: `raw` as in the file, and what it `shows`, for a tag nothing or a line break."""

    raw: str
    shows: str = ""
    is_tag: bool = False

    @property
    def name(self) -> str:
        """The name of a tag in lower case; "" for a time, a command of ASS and a text."""
        found = _NAME.match(self.raw) if self.is_tag else None
        return found[1].lower() if found else ""

    @property
    def closes(self) -> bool:
        """Whether it is a tag that ends what another one begins."""
        return self.is_tag and self.raw[1:].lstrip().startswith("/")

    @property
    def is_placing(self) -> bool:
        """Whether it is a tag that says where the cue is, or how it appears."""
        return self.raw.startswith("{") and self.is_tag and _PLACING.search(self.raw) is not None

    @property
    def opens(self) -> bool:
        """Whether it is a tag that begins what another one ends."""
        return self.is_tag and self.raw[0] == "<" and self.name not in ("", "br", "p") and not self.closes


def units_of(body: str, tags: re.Pattern[str]) -> list[Unit]:
    """Return the units of a text; what they show is what `markup.marked` finds in it."""
    units: list[Unit] = []
    is_muted = False
    for number, token in enumerate(tags.split(body)):
        if number % 2:
            tag = Unit(token, is_tag=True)
            if tag.name in ("rt", "ruby"):
                is_muted = tag.name == "rt" and not tag.closes
            shows = "\n" if tag.name == "br" and not is_muted else ""
            units.append(Unit(token, shows, is_tag=True))
        elif is_muted:
            units.append(Unit(token))
        else:
            units += _texts(token)
    return units


def _texts(text: str) -> Iterator[Unit]:
    done = 0
    for entity in ENTITY.finditer(text):
        if entity.start() > done:
            yield _letters(text[done : entity.start()])
        yield Unit(entity[0], html.unescape(entity[0]))
        done = entity.end()
    if text[done:]:
        yield _letters(text[done:])


def _letters(text: str) -> Unit:
    return Unit(text, text)


def divided(units: Iterable[Unit], places: Iterable[int]) -> list[Unit]:
    """Return the units, letters divided at these positions of the text that they show."""
    cuts, made = sorted(set(places)), list[Unit]()
    done = at = 0
    for unit in units:
        end = done + len(unit.shows)
        while at < len(cuts) and cuts[at] <= done:
            at += 1
        if unit.is_tag or unit.raw != unit.shows:
            made.append(unit)
        else:
            begin = done
            while at < len(cuts) and cuts[at] < end:
                made.append(_letters(unit.raw[begin - done : cuts[at] - done]))
                begin = cuts[at]
                at += 1
            made.append(_letters(unit.raw[begin - done :]))
        done = end
    return made


def without(units: Iterable[Unit], spans: Iterable[tuple[int, int]]) -> list[Unit]:
    """Return the units without the letters between these pairs of positions."""
    removed, kept = list(spans), list[Unit]()
    done = at = 0
    for unit in divided(units, [place for span in removed for place in span]):
        while at < len(removed) and removed[at][1] <= done:
            at += 1
        is_within = at < len(removed) and removed[at][0] <= done and bool(unit.shows)
        if unit.is_tag or not is_within:
            kept.append(unit)
        done += len(unit.shows)
    return kept


def without_empty(units: Iterable[Unit]) -> list[Unit]:
    """Return the units without tags that end right where they begin."""
    kept: list[Unit] = []
    for unit in units:
        if unit.closes and kept and kept[-1].opens and kept[-1].name == unit.name:
            kept.pop()
        else:
            kept.append(unit)
    return kept
