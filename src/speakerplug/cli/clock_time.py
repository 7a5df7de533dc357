"""Times as people type them: 42, 0:42, 1:02:03.5 or 00:01:02,500."""

from __future__ import annotations

import re

from ..errors import UsageError

_TIME = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,6}(?:[.,]\d{1,6})?)")


def seconds_of(text: str) -> float:
    """Return the seconds of a time as it is typed; raises UsageError for one that cannot be read."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise UsageError(
            f"The time {text.strip() or 'that is empty'!s:.40} cannot be read; write it like 0:42 or 1:02:03.5."
        )
    hours, minutes, seconds = (float((part or "0").replace(",", ".")) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds
