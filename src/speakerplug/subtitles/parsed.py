"""A cue as read from a file: its text, and its speakers as the file names them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ParsedCue:
    """A cue as it stands in its file, from `start_ms` to `end_ms`, which may be invalid: to be checked or repaired.

    `parts` are pairs of speaker (None where the file names none) and text, with line breaks and without markup.
    """

    start_ms: int
    end_ms: int
    parts: tuple[tuple[str | None, str], ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """The text on the screen, line by line."""
        text = "".join(text for _, text in self.parts)
        return tuple(line.strip() for line in text.split("\n")) if self.parts else ()

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
