# ruff: noqa: RUF001 - full-width digits and dashes stand here on purpose.
from __future__ import annotations

import pytest

from speakerplug.formats.cue_times import is_damaged, is_decimal, milliseconds, stamp, times_line


def times(line: str, is_alone: bool = False) -> tuple[int, int | None] | None:
    """Return start and end of a line of times, in milliseconds."""
    found = times_line(line, is_alone)
    if found is None:
        return None
    decimal = is_decimal([found])
    return milliseconds(found.start, decimal), milliseconds(found.end, decimal) if found.end[1] is not None else None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("00:00:01,000 --> 00:00:02,500", (1000, 2500)),
        ("00:00:01.000 --> 00:00:02.500 align:start position:0%", (1000, 2500)),
        ("00:01.000 --> 00:02.500", (1000, 2500)),
        ("00:00:01 --> 00:00:02", (1000, 2000)),
        ("00:00:01:000 --> 00:00:02:500", (1000, 2500)),
        ("00:00:01;000 --> 00:00:02;500", (1000, 2500)),
        ("123:00:01,000 --> 123:00:02,500", (442_801_000, 442_802_500)),
        ("90:01.000 --> 90:02.500", (5_401_000, 5_402_500)),
        ("-00:00:01,000 --> 00:00:02,500", (-1000, 2500)),
        ("00:00:-1,-500 --> 00:00:02,500", (-1500, 2500)),
        ("\t00:00:01,000-->00:00:02,500  ", (1000, 2500)),
        ("00: 00: 01, 000 -> 00: 00: 02, 500", (1000, 2500)),
        ("00:00:01,000 –> 00:00:02,500", (1000, 2500)),
        ("００：００：０１，０００ －－＞ ００：００：０２，５００", (1000, 2500)),
        ("00:00:01,000 -->", (1000, None)),
        ("1:2:3,4 --> 1:2:5,60", (3_723_004, 3_725_060)),
        ("1:2:3.4 --> 1:2:5.25", (3_723_400, 3_725_250)),
        ("00:00:01,50 --> 00:00:02,25", (1500, 2250)),
        ("00:00:01,5 --> 00:00:02,250", (1005, 2250)),
        ("0:00:01.500000 --> 0:00:02", (1500, 2000)),
    ],
)
def test_times_line_is_read_as_by_players(line: str, expected: tuple[int, int | None]) -> None:
    """Separators, missing fields and digits, signs, spaces and wide forms; without zeros a fraction is milliseconds."""
    assert times(line) == expected


@pytest.mark.parametrize(
    "line",
    [
        "Hi --> there",
        "10:30 - 11:30",
        "1:2",
        "",
        "00:00:01,000",
        "00:00:01,000 → 00:00:02,000",
        "a 00:01.000 --> 00:02.0",
    ],
)
def test_times_line_of_text_is_none(line: str) -> None:
    """Text that has times or an arrow in it stays text."""
    assert times(line) is None


@pytest.mark.parametrize("arrow", [" ", " - ", ",", " → "])
def test_times_line_without_an_arrow_is_read_where_no_text_can_be(arrow: str) -> None:
    """Two complete times with nothing else, where a cue begins."""
    assert times(f"0:00:01.000{arrow}0:00:02.500", is_alone=True) == (1000, 2500)


def test_times_line_of_whole_seconds_with_a_comma_is_read() -> None:
    """SBV without milliseconds: the comma is between the times."""
    assert times("0:00:01,0:00:02", is_alone=True) == (1000, 2000)


def test_times_line_rest_is_what_follows() -> None:
    """Settings, coordinates, or text whose line break is missing."""
    found = times_line("00:01.000 --> 00:02.000 Hello there")
    assert found is not None
    assert found.rest == "Hello there"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("00:00:1x,000 --> 00:00:02,000", True),
        ("00:00:01,000 00:00:0x,000", True),
        ("10:30", False),
        ("3:2:1", False),
        ("Hello", False),
    ],
)
def test_is_damaged_line_begins_like_times(line: str, expected: bool) -> None:
    """A line that begins with a time is meant as times; a score or the time of day is text."""
    assert is_damaged(line) is expected


def test_stamp_of_no_time_is_none() -> None:
    """A single time, or nothing."""
    assert stamp(" 0:01:02.5 ") == ("0", "01", "02", ".5")
    assert stamp("soon") is stamp("0:01:02.5 x") is None
