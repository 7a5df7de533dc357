"""Paths of what is written through and never replaced: open descriptors (/dev/stdout, /dev/fd/3), pipes, devices."""

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
    """Whether `path` names an open descriptor, a pipe, a device or a socket: what is written is added to it."""
    return _opened(path) is not None or _is_special(path)


@contextmanager
def stream_to(path: Path) -> Iterator[IO[bytes]]:
    """What is_stream, open for writing where it is: a descriptor keeps its place in a file, and that it appends."""
    opened = _opened(path)
    if opened is None or not _is_own(opened):
        with path.open("ab" if opened else "wb") as file:
            yield file
        return
    for printed in filter(None, (sys.stdout, sys.stderr)):
        printed.flush()  # what was said before comes first
    with open(int(opened.name), "wb", closefd=False) as file:
        yield file


def _opened(path: Path) -> Path | None:
    """The descriptor that `path` names, through any links, by its own path; None where it names none."""
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
    """Whether it is a descriptor of this process, and not one of another's that is shown in /proc."""
    own = os.path.realpath("/proc/self")
    return str(descriptor).startswith(("/dev/fd/", f"{own}/fd/", f"{own}/task/"))


def _is_special(path: Path) -> bool:
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))
