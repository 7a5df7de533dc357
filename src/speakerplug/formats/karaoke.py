"""The text of a cue divided at its words, each with its start, for formats that highlight words as they are spoken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..subtitles import Cue
from ..transcript import plain


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a line; `start` (seconds) is that of its word, None where it continues the part before."""

    start: float | None
    text: str


def parts_of(cue: Cue) -> Iterator[list[Part]]:
    """Yield the parts of each line; a word that does not begin after the one before and within the cue has no time."""
    remaining, latest = list(cue.words), cue.start
    for line in cue.lines:
        parts, done = [], 0
        while remaining and (found := line.find(plain(remaining[0].text), done)) >= 0:
            word = remaining.pop(0)
            if found > done:
                parts.append(Part(None, line[done:found]))
            done = found + len(plain(word.text))
            timed = word.start is not None and latest < round(word.start, 3) < cue.end
            latest = round(word.start or 0.0, 3) if timed else latest
            parts.append(Part(latest if timed else None, line[found:done]))
        yield [*parts, Part(None, line[done:])]
