"""How sure a pooled rate is: percentile intervals of the bootstrap."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .rates import Rate

LEVEL = 0.95
ROUNDS = 5000
SEED = 0
FEWEST = 5
"""With fewer units an interval would say more about luck than about the system."""

Interval = tuple[float, float]


def interval(units: Sequence[Rate]) -> Interval | None:
    """Where the rate would lie in 95 % of the sets like this one; None for fewer than `FEWEST` units.

    As many units as there are are drawn, with replacement, again and again; each draw's errors are divided by its
    total. Source: Bisani and Ney, Bootstrap estimates for confidence intervals in ASR performance evaluation, 2004.
    """
    return _percentiles(_drawn(units)) if len(units) >= FEWEST else None


def difference(units: Sequence[Rate], others: Sequence[Rate]) -> Interval | None:
    """Where `others` minus `units` would lie; both are drawn alike, so what is hard for both cancels out."""
    if len(units) != len(others):
        raise ValueError(f"{len(units)} and {len(others)} units are not of the same recordings")
    return _percentiles(_drawn(others) - _drawn(units)) if len(units) >= FEWEST else None


def _drawn(units: Sequence[Rate]) -> npt.NDArray[np.float64]:
    """The rate of each draw; the same number of units is always drawn in the same way."""
    draws = np.random.default_rng(SEED).integers(len(units), size=(ROUNDS, len(units)))
    errors = np.array([unit.errors for unit in units], dtype=np.float64)[draws].sum(axis=1)
    totals = np.array([unit.total for unit in units], dtype=np.float64)[draws].sum(axis=1)
    rates = np.full(ROUNDS, np.nan)
    np.divide(errors, totals, out=rates, where=totals > 0)
    return rates


def _percentiles(rates: npt.NDArray[np.float64]) -> Interval | None:
    known = rates[~np.isnan(rates)]
    if not len(known):
        return None
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
