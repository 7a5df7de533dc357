"""Identify a file by its size and its two ends, without reading all of it, and a text by its digest."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

END_BYTES = 1 << 20
"""How much of each end of a file counts."""


def fingerprint(path: Path) -> str:
    """Return the size of a file and the SHA-256 of its first and last MiB; raises OSError if it cannot be read."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        found = hashlib.sha256(file.read(END_BYTES))
        file.seek(max(0, size - END_BYTES))
        found.update(file.read(END_BYTES))
    return f"{size}-{found.hexdigest()}"


def digest_of(text: str) -> str:
    """Return the SHA-256 of a text, which may be a file's name in any encoding."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
