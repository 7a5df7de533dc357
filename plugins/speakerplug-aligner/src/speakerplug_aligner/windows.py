"""The windows of a recording in which words are aligned: around the recognizer's times, without overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from speakerplug.plugin import Word

AROUND_S = 0.5
"""Margin for the error of a recognizer's times."""
PAUSE_S = 1.0
"""A pause of this length ends a window."""
LONGEST_S = 25.0


@dataclass(frozen=True, slots=True)
class Window:
    """Words that are aligned together, from `start` to `end` (seconds)."""

    words: tuple[Word, ...]
    start: float
    end: float


def windows(words: Sequence[Word], duration: float) -> list[Window]:
    """Return windows in order, without overlap and inside the recording; `words` have times and are in order."""
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
