"""Amounts of memory, read and written; a GB is 1024³ bytes, as the makers of graphics cards count."""

from __future__ import annotations

import re

from ..errors import UsageError

MB = 1024**2
GB = 1024**3
_UNITS = {"": 1, "b": 1, "k": 1024, "m": MB, "g": GB, "t": 1024 * GB}
MOST_BYTES = 2**60
"""More than any machine has."""


def parse_bytes(text: str) -> int:
    """The bytes in `text`: 6GB, 512 MiB, 1.5g or a plain number. Raises UsageError for anything else."""
    match = re.fullmatch(r"\s*(\d{1,20}(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?\s*", text.lower())
    size = round(float(match[1]) * _UNITS[match[2]]) if match else 0
    if not 1 <= size <= MOST_BYTES:
        raise UsageError(f"{text!r} is no amount of memory; write it like 6GB or 512MB.")
    return size


def format_bytes(size: int | None) -> str:
    """`size` for people: 5.4 GB, 310 MB; None is unknown."""
    if size is None:
        return "unknown"
    return f"{round(size / GB, 2):g} GB" if abs(size) >= GB else f"{size / MB:.0f} MB"
