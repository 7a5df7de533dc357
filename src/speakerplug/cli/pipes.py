"""Standard input, named pipes and other open descriptors as recordings, which are saved in temporary files first."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO

from ..errors import MediaError, SpeakerPlugError, UsageError
from ..media.file import is_url
from ..system.streams import is_stream

STDIN = ("-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0")
"""The names of standard input."""


def is_pipe(source: str) -> bool:
    """Return whether an input is standard input, another open descriptor, a named pipe or a socket."""
    if source in STDIN:
        return True
    if is_url(source) or "\0" in source or not is_stream(Path(source)):
        return False
    try:
        mode = os.stat(source).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or stat.S_ISREG(mode)


def spool(source: str, path: Path) -> None:
    """Save a pipe to `path`; a file on disk to which standard input is redirected is linked there instead."""
    what = "Standard input" if source in STDIN else source
    remedy = "pipe a recording into it, as in: ffmpeg -i talk.mp4 -f wav - | speakerplug transcribe -"
    try:
        with _opened(source) as stream:
            if stream.isatty():
                raise UsageError(f"{what} is a terminal; {remedy}")
            file = _file_behind(stream)
            if file is not None:
                path.symlink_to(file)
            else:
                with path.open("wb") as copy:
                    shutil.copyfileobj(stream, copy, 1 << 20)
    except SpeakerPlugError:
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise MediaError(
            f"{what} cannot be saved in {path.parent} ({reason}); set TMPDIR to a folder with space."
        ) from error
    if path.stat().st_size == 0:
        raise MediaError(f"{what} is empty; {remedy}")


def _opened(source: str) -> AbstractContextManager[IO[bytes]]:
    if source not in STDIN:
        return open(source, "rb")
    if sys.stdin is None:
        raise MediaError("Standard input is closed; name a file.")
    return _kept(sys.stdin.buffer)


@contextmanager
def _kept(stream: IO[bytes]) -> Iterator[IO[bytes]]:
    """Yield a stream that stays open."""
    yield stream


def _file_behind(stream: IO[bytes]) -> str | None:
    """Return the path of the file that a stream reads from its beginning; None for pipes, and where it is unknown."""
    try:
        number = stream.fileno()
        path, opened = os.path.realpath(f"/proc/self/fd/{number}"), os.fstat(number)
        same = stat.S_ISREG(opened.st_mode) and os.path.samestat(os.stat(path), opened) and stream.tell() == 0
    except (OSError, ValueError):
        return None
    return path if same else None
