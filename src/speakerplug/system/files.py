"""Files and folders that are written atomically."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import OutputError, SpeakerPlugError
from .streams import is_stream, stream_to
from .temporary import temporary_folder, temporary_path


def write_whole(path: Path, content: str | bytes) -> None:
    """Write `content` (text as UTF-8, its line ends unchanged) to the file at `path` atomically.

    An existing file keeps its permissions; of a link, the target is replaced. Open descriptors (/dev/stdout), pipes
    and devices are written directly. Raises OutputError if `path` cannot be written.
    """
    # Text from a plugin may contain lone surrogates, from a file name that is not UTF-8.
    data = content.encode("utf-8", "replace") if isinstance(content, str) else content
    try:
        if is_stream(path):
            with stream_to(path) as stream:
                stream.write(data)
            return
        with _replacing(path) as temporary, temporary.open("xb") as file:
            file.write(data)
    except OSError as error:
        raise OutputError(_explained(path, error)) from error


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path to write to; it replaces the file at `path` if the block succeeds, else it is removed.

    An existing file keeps its permissions, a link its place; a descriptor, pipe or device gets the complete content.
    Raises OutputError if `path` cannot be written.
    """
    try:
        with _for_stream(path) if is_stream(path) else _replacing(path) as temporary:
            yield temporary
    except OSError as error:
        if isinstance(error, SpeakerPlugError):
            raise
        raise OutputError(_explained(path, error)) from error


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Yield a temporary folder to fill; it becomes the one at `path` if the block succeeds, else it is removed.

    Raises OutputError if `path` exists, other than as an empty folder, or cannot be written.
    """
    refuse_taken(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary_path(path.parent) as temporary:
            temporary.mkdir()
            yield temporary
            if path.exists():
                path.rmdir()  # it is empty; not every system replaces it
            temporary.replace(path)
    except OSError as error:
        if isinstance(error, SpeakerPlugError):
            raise
        raise OutputError(f"{path} cannot be written: {error.strerror or error}; choose another folder.") from error


def refuse_taken(path: Path) -> None:
    """Raise OutputError if `path` exists, other than as an empty folder."""
    if path.exists() and not (path.is_dir() and not any(path.iterdir())):
        raise OutputError(f"{path} already exists; choose a folder that does not.")


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """Yield a path next to `path`; if the block succeeds, its file is synced to disk and replaces the one there."""
    mode = path.stat().st_mode if path.exists() else None
    target = Path(os.path.realpath(path))
    # Not tempfile's: a file that is created by this name has the permissions that the umask allows.
    with temporary_path(target.parent) as temporary:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        if mode is not None:
            temporary.chmod(stat.S_IMODE(mode))
        os.replace(temporary, target)


@contextmanager
def _for_stream(path: Path) -> Iterator[Path]:
    """Yield a path in a temporary folder; if the block succeeds, its content is copied to the stream at `path`."""
    with temporary_folder() as folder:
        yield folder / "whole"
        with (folder / "whole").open("rb") as file, stream_to(path) as stream:
            shutil.copyfileobj(file, stream)


def _explained(path: Path, error: OSError) -> str:
    """Return one sentence on why `path` cannot be written, with a hint."""
    if os.path.isdir(path):
        return f"{path} is a folder; add a file name to it."
    if error.errno == errno.EBADF:
        return f"{path} is not open for writing; open it in the shell, for example with 3> FILE, or name a file."
    if isinstance(error, NotADirectoryError):
        return f"{path} cannot be written because a part of its path is a file; choose another folder."
    if isinstance(error, FileNotFoundError) and path.parent.exists():
        return f"{path} cannot be written, because no files can be made in its folder; choose another folder."
    if isinstance(error, FileNotFoundError):
        return f"{path} cannot be written because its folder does not exist; create it first."
    if isinstance(error, PermissionError):
        return f"{path} cannot be written: {error.strerror}; choose a folder that you may write to."
    return f"{path} cannot be written: {error.strerror or error}; free disk space or choose another folder."
