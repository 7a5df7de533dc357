"""Times in a recording, as people type them: 42, 0:42, 1:02:03.5 or 00:01:02,500."""

from __future__ import annotations

import re

FORMS = "150, 2:30 or 1:02:03.5"
"""Examples, for messages."""
_TIME = re.compile(r"(?:(?:(\d{1,4}):)?(\d{1,4}):)?(\d{1,7}(?:[.,]\d{1,9})?)")


def clock_seconds(text: str) -> float | None:
    """Return the seconds of a time as it is typed; None for a text that is no time.

    The first number may be any: 90:00 is an hour and a half. Those after a colon are below 60.
    """
    found = _TIME.fullmatch(text.strip())
    if found is None:
        return None
    hours, minutes, seconds = (None if part is None else float(part.replace(",", ".")) for part in found.groups())
    if (minutes is not None and (seconds or 0.0) >= 60) or (hours is not None and (minutes or 0.0) >= 60):
        return None
    return (hours or 0.0) * 3600 + (minutes or 0.0) * 60 + (seconds or 0.0)
