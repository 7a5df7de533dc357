"""Confidence intervals of pooled rates: percentile intervals of the bootstrap."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .rates import Rate

LEVEL = 0.95
ROUNDS = 5000
SEED = 0
FEWEST = 5
"""Minimum number of units for a meaningful interval."""

Interval = tuple[float, float]


def interval(units: Sequence[Rate]) -> Interval | None:
    """Return the 95 % confidence interval of the pooled rate; None for fewer than `FEWEST` units.

    Units are resampled with replacement; each draw's errors are divided by its total. Source: Bisani and Ney,
    Bootstrap estimates for confidence intervals in ASR performance evaluation, 2004.
    """
    return _percentiles(_drawn(units)) if len(units) >= FEWEST else None


def difference(units: Sequence[Rate], others: Sequence[Rate]) -> Interval | None:
    """Return the confidence interval of `others` minus `units`, resampled in pairs; both are of the same recordings."""
    if len(units) != len(others):
        raise ValueError(f"{len(units)} and {len(others)} units are not of the same recordings")
    return _percentiles(_drawn(others) - _drawn(units)) if len(units) >= FEWEST else None


def _drawn(units: Sequence[Rate]) -> npt.NDArray[np.float64]:
    """Return the rate of each draw; the draws depend only on the number of units."""
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
