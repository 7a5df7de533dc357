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
def test_an_interval_lies_among_the_units(units: list[Rate]) -> None:
    """No draw errs more than the worst unit or less than the best, and the same units have the same interval."""
    found = interval(units)
    assert found is not None
    rates = [unit.value or 0.0 for unit in units]
    assert min(rates) - 1e-9 <= found[0] <= found[1] <= max(rates) + 1e-9
    assert interval(units) == found


def test_units_that_agree_leave_no_doubt() -> None:
    """Where every unit has the same rate, the interval is that rate."""
    assert interval([Rate(1, 10)] * 8) == pytest.approx((0.1, 0.1))


def test_more_of_the_same_is_surer() -> None:
    """Four times the units make the interval about half as wide."""
    units = [Rate(errors, 10) for errors in range(10)]
    (low, high), (lower, higher) = interval(units) or (0, 0), interval(units * 4) or (0, 0)
    assert 0.4 < (higher - lower) / (high - low) < 0.6


def test_an_interval_covers_what_it_should() -> None:
    """The spread is that of theory: for n rates of equal weight, 1.96 standard errors on either side."""
    units = [Rate(errors, 10) for errors in (1, 2, 3, 4, 5) * 20]
    low, high = interval(units) or (0, 0)
    assert pooled(units).value == pytest.approx(0.3)
    half = 1.96 * 0.1 * 2**0.5 / 100**0.5
    assert (low, high) == pytest.approx((0.3 - half, 0.3 + half), abs=0.003)


def test_too_few_units_have_no_interval() -> None:
    """A handful of units, or units with nothing to count, say nothing of others like them."""
    assert interval([Rate(1, 10)] * (FEWEST - 1)) is None
    assert interval([Rate(1, 0)] * FEWEST) is None


@given(UNITS)
def test_a_system_does_not_differ_from_itself(units: list[Rate]) -> None:
    """Both are drawn alike: the difference is nothing in every draw."""
    assert difference(units, units) == (0.0, 0.0)


def test_a_difference_can_be_sure_though_the_rates_are_not() -> None:
    """A system that errs once more in every unit is worse for sure, however much the units vary."""
    units = [Rate(errors, 10) for errors in range(9)]
    assert difference(units, [Rate(unit.errors + 1, 10) for unit in units]) == pytest.approx((0.1, 0.1))
    with pytest.raises(ValueError, match="same recordings"):
        difference(units, units[1:])
