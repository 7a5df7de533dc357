"""Rates, errors out of a total, in blocks of a recording."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from .timing import block_of


@dataclass(frozen=True, slots=True)
class Rate:
    """Errors (words or seconds) out of a total (words or seconds); adding two pools them."""

    errors: float
    total: float

    def __add__(self, other: Rate) -> Rate:
        return Rate(self.errors + other.errors, self.total + other.total)

    @property
    def value(self) -> float | None:
        """Errors per unit of the total; None if there was nothing to score."""
        return self.errors / self.total if self.total else None


Blocks = tuple[Rate, ...]
"""The rates of a recording's blocks of `timing.BLOCK_S`, in order."""


def pooled(rates: Iterable[Rate]) -> Rate:
    """Return the sum of the rates."""
    return sum(rates, Rate(0, 0))


def tallied(errors: Iterable[float], total: Iterable[float], blocks: int) -> Blocks:
    """Return the rates of `blocks` blocks, from the times (seconds) of each error and of each counted item."""
    wrong = Counter(block_of(time, blocks) for time in errors)
    all_of_them = Counter(block_of(time, blocks) for time in total)
    return tuple(Rate(wrong[block], all_of_them[block]) for block in range(blocks))
