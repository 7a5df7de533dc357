"""What all tests share."""

import logging
from collections.abc import Iterator

import pytest
from hypothesis import settings

# A busy machine is slow at times, which says nothing about the property. `make test` draws the same examples every
# time, so that a red suite is red for everybody; `make random` draws new ones, and what it finds becomes an @example.
settings.register_profile("quick", deadline=None, derandomize=True, database=None, max_examples=12)
settings.register_profile("thorough", parent=settings.get_profile("quick"), max_examples=400)
settings.register_profile("random", deadline=None, print_blob=True, max_examples=400)
settings.load_profile("quick")


@pytest.fixture(autouse=True)
def _log_level() -> Iterator[None]:
    """A command that was told to be quiet is so for one test only."""
    log = logging.getLogger("speakerplug")
    level = log.level
    yield
    log.setLevel(level)
