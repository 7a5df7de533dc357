from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug_evaluate.bootstrap import FEWEST, difference, interval
from speakerplug_evaluate.rates import Rate, pooled

UNITS = st.lists(
    st.builds(lambda errors, right: Rate(errors, errors + right), st.integers(0, 20), st.integers(1, 20)),
    min_size=FEWEST, max_size=25,
)  # fmt: skip


@given(UNITS)
def test_interval_lies_among_the_units(units: list[Rate]) -> None:
    """No draw is worse than the worst unit or better than the best, and the same units have the same interval."""
    found = interval(units)
    assert found is not None
    rates = [unit.value or 0.0 for unit in units]
    assert min(rates) - 1e-9 <= found[0] <= found[1] <= max(rates) + 1e-9
    assert interval(units) == found


def test_interval_of_equal_units_is_their_rate() -> None:
    """If every unit has the same rate, so have both ends of the interval."""
    assert interval([Rate(1, 10)] * 8) == pytest.approx((0.1, 0.1))


def test_interval_of_more_units_is_narrower() -> None:
    """Four times the units make the interval about half as wide."""
    units = [Rate(errors, 10) for errors in range(10)]
    (low, high), (lower, higher) = interval(units) or (0, 0), interval(units * 4) or (0, 0)
    assert 0.4 < (higher - lower) / (high - low) < 0.6


def test_interval_has_the_width_of_theory() -> None:
    """For n rates of equal weight, 1.96 standard errors on either side."""
    units = [Rate(errors, 10) for errors in (1, 2, 3, 4, 5) * 20]
    low, high = interval(units) or (0, 0)
    assert pooled(units).value == pytest.approx(0.3)
    half = 1.96 * 0.1 * 2**0.5 / 100**0.5
    assert (low, high) == pytest.approx((0.3 - half, 0.3 + half), abs=0.003)


def test_interval_of_too_few_units_is_none() -> None:
    """Few units, or units with nothing to count, do not generalize."""
    assert interval([Rate(1, 10)] * (FEWEST - 1)) is None
    assert interval([Rate(1, 0)] * FEWEST) is None


@given(UNITS)
def test_difference_of_a_system_from_itself_is_zero(units: list[Rate]) -> None:
    """Both are resampled together: the difference is 0 in every draw."""
    assert difference(units, units) == (0.0, 0.0)


def test_difference_can_be_certain_though_the_rates_are_not() -> None:
    """A system with one more error in every unit is certainly worse, however much the units vary."""
    units = [Rate(errors, 10) for errors in range(9)]
    assert difference(units, [Rate(unit.errors + 1, 10) for unit in units]) == pytest.approx((0.1, 0.1))
    with pytest.raises(ValueError, match="same recordings"):
        difference(units, units[1:])
