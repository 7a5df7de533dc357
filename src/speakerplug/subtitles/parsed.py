"""A cue as it was read from a file: what is shown, and who the file says is speaking."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ParsedCue:
    """A cue as it stands in its file, from `start_ms` to `end_ms`, which may be wrong: to be measured, or mended.

    `parts` are who speaks (None where the file does not say) and what, with its line breaks and without marks.
    """

    start_ms: int
    end_ms: int
    parts: tuple[tuple[str | None, str], ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """What is on the screen, line by line."""
        text = "".join(text for _, text in self.parts)
        return tuple(line.strip() for line in text.split("\n")) if self.parts else ()

    @property
    def speakers(self) -> tuple[frozenset[str], ...]:
        """For each line, who the file says is speaking in it."""
        found: list[set[str]] = [set()] if self.parts else []
        for speaker, text in self.parts:
            for number, line in enumerate(text.split("\n")):
                if number:
                    found.append(set())
                if speaker is not None and (line.strip() or not text):
                    found[-1].add(speaker)
        return tuple(map(frozenset, found))
