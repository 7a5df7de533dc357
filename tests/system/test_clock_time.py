"""Times as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.system.clock_time import clock_seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("42", 42.0),
        ("150", 150.0),
        ("0:42", 42.0),
        (" 2:30 ", 150.0),
        ("90:00", 5400.0),
        ("1:02:03.5", 3723.5),
        ("00:00:42,500", 42.5),
    ],
)
def test_clock_seconds_of_a_time_is_in_seconds(text: str, seconds: float) -> None:
    """Minutes, hours, decimals with a point or a comma."""
    assert clock_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "a", "2m", "1:2:3:4", "-1", "1:", ":1", "1.", "1e3", "nan", "0:75", "1:60:00"])
def test_clock_seconds_of_other_text_is_none(text: str) -> None:
    """Sixty and more after a colon is no time either."""
    assert clock_seconds(text) is None


@given(st.integers(0, 9999), st.integers(0, 59), st.integers(0, 59_999), st.sampled_from(".,"))
def test_clock_seconds_of_a_written_time_gives_it_back(hours: int, minutes: int, ms: int, point: str) -> None:
    """Whole milliseconds, with or without zeros in front."""
    expected = pytest.approx(hours * 3600 + minutes * 60 + ms / 1000)
    seconds = f"{ms // 1000:02}{point}{ms % 1000:03}"
    assert clock_seconds(f"{hours}:{minutes:02}:{seconds}") == expected
    assert clock_seconds(f"{hours:04}:{minutes}:{seconds}") == expected


@given(st.text("0123456789:., -e", max_size=12))
def test_clock_seconds_of_any_text_is_none_or_finite(text: str) -> None:
    """Never negative, and a number of its own is itself."""
    seconds = clock_seconds(text)
    assert seconds is None or 0 <= seconds < 1e8
    if text.isdecimal() and len(text) < 8:
        assert seconds == float(text)
