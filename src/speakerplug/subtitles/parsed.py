"""A cue as read from a file: its text, its speakers as the file names them, and the times within it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import accumulate, compress


@dataclass(frozen=True, slots=True)
class ParsedCue:
    """A cue as it stands in its file, from `start_ms` to `end_ms`, which may be invalid: to be checked or repaired.

    `parts` are pairs of speaker (None where the file names none) and text, with line breaks and without markup.
    `times` are pairs of a position in the text and the time (ms) from which on the text after it is spoken.
    `highlight` is the first and the last position of the text that alone is highlighted, if any is.
    """

    start_ms: int
    end_ms: int
    parts: tuple[tuple[str | None, str], ...] = ()
    times: tuple[tuple[int, int], ...] = ()
    highlight: tuple[int, int] | None = None

    @property
    def text(self) -> str:
        """The text of all parts."""
        return "".join(text for _, text in self.parts)

    @property
    def lines(self) -> tuple[str, ...]:
        """The text on the screen, line by line."""
        return tuple(line.strip() for line in self.text.split("\n")) if self.parts else ()

    @property
    def speakers(self) -> tuple[frozenset[str], ...]:
        """The speakers of each line, as the file names them."""
        found: list[set[str]] = [set()] if self.parts else []
        for speaker, text in self.parts:
            for number, line in enumerate(text.split("\n")):
                if number:
                    found.append(set())
                if speaker is not None and (line.strip() or not text):
                    found[-1].add(speaker)
        return tuple(map(frozenset, found))

    def without(self, spans: Iterable[tuple[int, int]]) -> ParsedCue:
        """Return the cue without the text between these pairs of positions; a time within moves to the end of it."""
        keep = bytearray(b"\1") * len(self.text)
        for first, last in spans:
            keep[first:last] = bytes(len(keep[first:last]))
        place = list(accumulate(keep, initial=0))
        parts, begin = [], 0
        for speaker, text in self.parts:
            kept = "".join(compress(text, keep[begin : begin + len(text)]))
            if kept or not text:
                parts.append((speaker, kept))
            begin += len(text)
        times = tuple((place[position], time) for position, time in self.times)
        highlight = None if self.highlight is None else (place[self.highlight[0]], place[self.highlight[1]])
        return replace(self, parts=tuple(parts), times=times, highlight=highlight)
