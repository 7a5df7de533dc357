"""What a terminal is shown: names and texts of strangers cannot steer it."""

from __future__ import annotations

import re

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]|\r(?!\n)")
"""What moves the cursor, colors, renames the window and the like; line ends and tabs do no harm."""


def escaped(text: str) -> str:
    """Return `text` with control characters shown as \\u001b is, which JSON understands, too."""
    return CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def cell(text: str) -> str:
    """Return `text` in one line, for a table."""
    return escaped(text.replace("\r\n", "\n")).replace("\n", "\\n")
