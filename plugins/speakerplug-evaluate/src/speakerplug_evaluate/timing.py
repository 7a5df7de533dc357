"""The time of a word, and its block of the recording."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from speakerplug.plugin import Word

Region = tuple[float, float]
"""An interval, start and end in seconds."""

BLOCK_S = 30.0
"""Length of the blocks in which errors are counted, for confidence intervals."""


def middle(word: Word) -> float:
    """Return the middle of a word in seconds; NaN if it has no times."""
    if word.start is None or word.end is None:
        return float("nan")
    return (word.start + word.end) / 2


def within(words: Iterable[Word], region: Region | None, ignored: Sequence[Region] = ()) -> tuple[Word, ...]:
    """Return the words whose middle is in `region` (all if that is None), and in none of the `ignored` regions."""
    return tuple(
        word
        for word in words
        if (region is None or region[0] <= middle(word) < region[1])
        and not any(start <= middle(word) < end for start, end in ignored)
    )


def num_blocks(duration: float) -> int:
    """Return the number of blocks of a recording of `duration` seconds, at least one."""
    return max(1, math.ceil(duration / BLOCK_S))


def block_of(time: float, blocks: int) -> int:
    """Return the block of a time in seconds; the first if there is no time, the last for later times."""
    return 0 if math.isnan(time) else int(min(max(0.0, time), BLOCK_S * (blocks - 1)) // BLOCK_S)
