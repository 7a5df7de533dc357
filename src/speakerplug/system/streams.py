"""Paths that are written to and never replaced: open descriptors (/dev/stdout, /dev/fd/3), pipes, devices."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

DESCRIPTORS = re.compile(r"/dev/fd|/proc/\d+(/task/\d+)?/fd")
"""Folders whose names are the numbers of open descriptors."""
MOST_LINKS = 40


def is_stream(path: Path) -> bool:
    """Return whether `path` is an open descriptor, a pipe, a device or a socket, to which output is appended."""
    return _opened(path) is not None or _is_special(path)


@contextmanager
def stream_to(path: Path) -> Iterator[IO[bytes]]:
    """Open the stream at `path` (see `is_stream`) for writing; a descriptor keeps its position and append mode."""
    opened = _opened(path)
    if opened is None or not _is_own(opened):
        with path.open("ab" if opened else "wb") as file:
            yield file
        return
    for printed in filter(None, (sys.stdout, sys.stderr)):
        printed.flush()  # earlier output comes first
    with open(int(opened.name), "wb", closefd=False) as file:
        yield file


def _opened(path: Path) -> Path | None:
    """Return the path of the descriptor that `path` names, through any links; None if it names none."""
    current = os.path.abspath(path)
    for _ in range(MOST_LINKS):
        folder, name = os.path.realpath(os.path.dirname(current)), os.path.basename(current)
        if name.isdecimal() and DESCRIPTORS.fullmatch(folder):
            return Path(folder, name)
        if not os.path.islink(current):
            return None
        current = os.path.join(folder, os.readlink(current))
    return None


def _is_own(descriptor: Path) -> bool:
    """Return whether it is a descriptor of this process, not of another one in /proc."""
    own = os.path.realpath("/proc/self")
    return str(descriptor).startswith(("/dev/fd/", f"{own}/fd/", f"{own}/task/"))


def _is_special(path: Path) -> bool:
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))
