"""The device manager under random loads, with failures, in many threads."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_simulation import run_schedule


@pytest.fixture(scope="module", autouse=True)
def threads_get_in_each_others_way() -> Iterator[None]:
    """Make Python switch threads as often as it can."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.slow
@settings(max_examples=150)
@given(st.integers(0, 2**32))
def test_simulation_of_random_loads_succeeds(seed: int) -> None:
    """No overcommitted memory, model with two users, deadlock, or OOM that was not injected; nothing left over."""
    outcome = run_schedule(seed)
    assert outcome.is_valid, outcome


def test_simulation_injects_failures() -> None:
    """The schedules do run out of memory, and use models all the same."""
    outcomes = [run_schedule(seed) for seed in range(10)]
    assert sum(outcome.injected for outcome in outcomes) > 0
    assert all(outcome.uses > 0 for outcome in outcomes)
