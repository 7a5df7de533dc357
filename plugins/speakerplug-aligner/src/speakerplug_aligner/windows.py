"""The stretches of a recording in which words are looked for: around what the recognizer said, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from speakerplug.plugin import Word

AROUND_S = 0.5
"""How wrong a recognizer's times can be."""
PAUSE_S = 1.0
"""Pauses of so many seconds end a window."""
LONGEST_S = 25.0


@dataclass(frozen=True, slots=True)
class Window:
    """Words that are looked for together, from `start` to `end` (seconds)."""

    words: tuple[Word, ...]
    start: float
    end: float


def windows(words: Sequence[Word], duration: float) -> list[Window]:
    """Windows in order, none of which overlaps another or leaves the recording; `words` have times and are in order."""
    groups = _groups(words)
    found: list[Window] = []
    for index, group in enumerate(groups):
        start = max(0.0, _first(group) - AROUND_S)
        if index:
            start = max(start, (_last(groups[index - 1]) + _first(group)) / 2, found[-1].end)
        end = min(duration, _last(group) + AROUND_S)
        if index + 1 < len(groups):
            end = min(end, max(_first(group), (_last(group) + _first(groups[index + 1])) / 2))
        found.append(Window(tuple(group), min(start, duration), max(min(start, duration), end)))
    return found


def _groups(words: Sequence[Word]) -> list[list[Word]]:
    groups: list[list[Word]] = []
    for word in words:
        if groups and _start(word) - _last(groups[-1]) < PAUSE_S and _end(word) - _first(groups[-1]) <= LONGEST_S:
            groups[-1].append(word)
        else:
            groups.append([word])
    return groups


def _first(group: Sequence[Word]) -> float:
    return min(map(_start, group))


def _last(group: Sequence[Word]) -> float:
    return max(map(_end, group))


def _start(word: Word) -> float:
    return word.start or 0.0


def _end(word: Word) -> float:
    return word.end or 0.0
