"""Standard output is for results: what plugins and libraries print meanwhile goes to stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import TextIO

_held: list[TextIO] = []


@contextmanager
def for_results() -> Iterator[None]:
    """Inside, only what is written to `results()` reaches standard output."""
    _held.append(sys.stdout)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        _held.pop()


def results() -> TextIO:
    """Standard output itself."""
    return _held[0] if _held else sys.stdout
