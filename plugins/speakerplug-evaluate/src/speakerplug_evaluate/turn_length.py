"""Words with the wrong speaker by the length of the true turn: short ones have little audio to tell a speaker by."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from speakerplug.plugin import Word

from .alignment import Pair
from .breakdown import true_turns_of
from .rates import Rate, pooled
from .scoring import judged

LIMITS_S = (0.5, 1.0, 2.0, 5.0)
"""Seconds at which the next class of turns begins."""
CLASSES = ("below 0.5 s", "0.5 to 1 s", "1 to 2 s", "2 to 5 s", "5 s and more")
"""The names of the classes."""

Lengths = tuple[Rate, ...]
"""Words with the wrong speaker and recognized words, for each of `CLASSES`."""
NOTHING: Lengths = (Rate(0, 0),) * len(CLASSES)


def by_turn_length(reference: Sequence[Word], hypothesis: Sequence[Word], pairs: Sequence[Pair]) -> Lengths:
    """Return the recognized words, and those with the wrong speaker, by the length of the true turn; as WDER has them.

    True turns are those of `breakdown`; they last from the start of the first to the end of the last true word.
    """
    turn_of = {index: turn for turn in true_turns_of(reference) for index in turn.words}
    rates = list(NOTHING)
    for r, _, right in judged(reference, hypothesis, pairs):
        seconds = round(turn_of[r].end - turn_of[r].start, 3)
        rates[bisect_right(LIMITS_S, seconds)] += Rate(int(not right), 1)
    return tuple(rates)


def together(parts: Iterable[Lengths]) -> Lengths:
    """Return the sums of several recordings."""
    return tuple(map(pooled, zip(*parts, strict=True)))
