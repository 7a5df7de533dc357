"""Where in time a word lies, and in which block of its recording."""

from __future__ import annotations

import math
from collections.abc import Iterable

from speakerplug.plugin import Word

Region = tuple[float, float]
"""A stretch of time, start and end in seconds."""

BLOCK_S = 30.0
"""The length of the blocks by which errors are kept, for intervals."""


def middle(word: Word) -> float:
    """The middle of a word in seconds; NaN where it has no times."""
    if word.start is None or word.end is None:
        return float("nan")
    return (word.start + word.end) / 2


def within(words: Iterable[Word], region: Region | None) -> tuple[Word, ...]:
    """The words whose middle lies in `region`; all where that is None."""
    return tuple(word for word in words if region is None or region[0] <= middle(word) < region[1])


def num_blocks(duration: float) -> int:
    """How many blocks a recording of `duration` seconds has; at least one."""
    return max(1, math.ceil(duration / BLOCK_S))


def block_of(time: float, blocks: int) -> int:
    """The block in which a time in seconds lies; the first where there is no time, the last for what comes after."""
    return 0 if math.isnan(time) else int(min(max(0.0, time), BLOCK_S * (blocks - 1)) // BLOCK_S)
