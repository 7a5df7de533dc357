"""Where in time a word lies."""

from __future__ import annotations

from collections.abc import Iterable

from speakerplug.transcript import Word

Region = tuple[float, float]
"""A stretch of time, start and end in seconds."""


def middle(word: Word) -> float:
    """The middle of a word in seconds; NaN where it has no times."""
    if word.start is None or word.end is None:
        return float("nan")
    return (word.start + word.end) / 2


def within(words: Iterable[Word], region: Region | None) -> tuple[Word, ...]:
    """The words whose middle lies in `region`; all where that is None."""
    return tuple(word for word in words if region is None or region[0] <= middle(word) < region[1])
