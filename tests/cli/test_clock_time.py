"""Times as people type them."""

from __future__ import annotations

import pytest

from speakerplug.cli.clock_time import seconds_of
from speakerplug.errors import UsageError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("42", 42.0), ("0:42", 42.0), ("1:02:03.5", 3723.5), ("00:00:42,500", 42.5), (" 2:30 ", 150.0), ("90:00", 5400.0)],
)
def test_seconds_of_clock_times_are_read(text: str, seconds: float) -> None:
    """Minutes, hours, decimals with a point or a comma."""
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "a", "1:2:3:4", "-1", "1:", "1e3"])
def test_seconds_of_other_text_is_refused(text: str) -> None:
    """One sentence shows how."""
    with pytest.raises(UsageError, match="cannot be read; write it like 0:42"):
        seconds_of(text)
