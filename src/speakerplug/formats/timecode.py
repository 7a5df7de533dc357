"""Times as subtitle files write them."""

from __future__ import annotations


def timecode(seconds: float, point: str) -> str:
    """Hours, minutes, seconds and milliseconds, as `00:00:01.500` with "." for the decimal `point`."""
    total_s, milliseconds = divmod(round(seconds * 1000), 1000)
    minutes, rest_s = divmod(total_s, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest_s:02}{point}{milliseconds:03}"
