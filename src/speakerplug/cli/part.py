"""The options for a part of a recording."""

from __future__ import annotations

from .options import files

PART = (
    files("--start", metavar="TIME", show_default="the beginning", help="Start at this time, such as 2:30 or 150."),
    files("--end", metavar="TIME", show_default="the end", help="End at this time; only the part between is decoded."),
)
