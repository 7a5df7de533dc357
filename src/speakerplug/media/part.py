"""A part of a recording, by its start and end, as options give them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from numbers import Real
from typing import Any

from ..errors import UsageError, shown
from ..system.arguments import named
from ..system.clock_time import FORMS, clock_seconds


@dataclass(frozen=True, slots=True)
class Part:
    """The seconds from `start` to `end` of a recording; `end` is None where it goes to the end of the recording."""

    start: float = 0.0
    end: float | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it is all of the recording."""
        return self == Part()

    @property
    def duration(self) -> float | None:
        """Its length in seconds; None if it goes to the end of the recording."""
        return None if self.end is None else self.end - self.start

    @classmethod
    def of(cls, start: float | str | None, end: float | str | None) -> Part:
        """Return the part between two times, each as `seconds_of` takes it; raises UsageError if it is empty."""
        first, last = seconds_of("start", start) or 0.0, seconds_of("end", end)
        if last is not None and last <= first:
            raise UsageError(
                f"{named('end')} {clock(last)} is not after {named('start')} {clock(first)}; give a later one."
            )
        return cls(first, last)

    def samples(self, length: int, rate: int) -> tuple[int, int]:
        """Return the first and the last (exclusive) of `length` samples at `rate` Hz."""
        last = length if self.end is None else round(self.end * rate)
        return min(round(self.start * rate), length), min(last, length)

    def error_beyond(self, seconds: float | None, title: str) -> UsageError:
        """Return the error for a recording that ends (at `seconds`, if that is known) before the part starts."""
        at = "" if seconds is None else f" at {clock(seconds)}"
        return UsageError(f"{title} ends{at}, before {named('start')} {clock(self.start)}; give an earlier time.")


def seconds_of(name: str, value: Any) -> float | None:
    """Return a time in seconds, from a number or a text such as 150, 2:30 or 00:02:30.5; None for None.

    Raises UsageError, which names the option, for anything else.
    """
    if value is None:
        return None
    seconds: float | None = None
    if isinstance(value, str):
        seconds = clock_seconds(value)
    elif isinstance(value, Real) and not isinstance(value, bool):
        seconds = float(value)
    if seconds is None or not (math.isfinite(seconds) and seconds >= 0):
        raise UsageError(f"{named(name)} is {shown(value)}; give a time in the recording, such as {FORMS}.")
    return seconds


def clock(seconds: float) -> str:
    """Return a time for people, such as 0:02:30."""
    return str(timedelta(seconds=round(seconds)))
