"""Files and folders that are written whole or not at all."""

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
    """Put `content` (text as UTF-8, its line ends as they are) into the file at `path`, there whole or not at all.

    An existing file keeps its permissions, a link its place: what it points to is replaced. Open descriptors
    (/dev/stdout), pipes and devices are written through. Raises OutputError where that cannot be.
    """
    # Text from a plugin may hold halves of characters, from a file name that is not UTF-8.
    data = content.encode("utf-8", "replace") if isinstance(content, str) else content
    try:
        if is_stream(path):
            with stream_to(path) as stream:
                stream.write(data)
            return
        with _beside(path) as temporary, temporary.open("xb") as file:
            file.write(data)
    except OSError as error:
        raise OutputError(_explained(path, error)) from error


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A name to write a file to, which becomes the one at `path` when the block ends well, and goes away otherwise.

    An existing file keeps its permissions, a link its place; what only takes what is written gets the whole of it.
    Raises OutputError where that cannot be.
    """
    try:
        with _for_stream(path) if is_stream(path) else _beside(path) as temporary:
            yield temporary
    except OSError as error:
        if isinstance(error, SpeakerPlugError):
            raise
        raise OutputError(_explained(path, error)) from error


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """A folder to fill, which becomes the one at `path` when the block ends well, and goes away otherwise.

    Raises OutputError where `path` is there already, other than as an empty folder, or cannot be written.
    """
    refuse_taken(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary_path(path.parent) as temporary:
            temporary.mkdir()
            yield temporary
            if path.exists():
                path.rmdir()  # an empty one, which not every system replaces
            temporary.replace(path)
    except OSError as error:
        if isinstance(error, SpeakerPlugError):
            raise
        raise OutputError(f"{path} cannot be written: {error.strerror or error}; choose another place.") from error


def refuse_taken(path: Path) -> None:
    """Raise OutputError where there is something at `path` that a new folder would take the place of."""
    if path.exists() and not (path.is_dir() and not any(path.iterdir())):
        raise OutputError(f"{path} is there already; name a folder that is not.")


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """The name of a file that takes the place of the one at `path`, on the disk by then, when the block ends well."""
    mode = path.stat().st_mode if path.exists() else None
    target = Path(os.path.realpath(path))
    # Not made by tempfile: a file that is opened by this name gets the permissions that the umask allows.
    with temporary_path(target.parent) as temporary:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        if mode is not None:
            temporary.chmod(stat.S_IMODE(mode))
        os.replace(temporary, target)


@contextmanager
def _for_stream(path: Path) -> Iterator[Path]:
    """The name of a file, elsewhere, that is written through `path` when the block ends well."""
    with temporary_folder() as folder:
        yield folder / "whole"
        with (folder / "whole").open("rb") as file, stream_to(path) as stream:
            shutil.copyfileobj(file, stream)


def _explained(path: Path, error: OSError) -> str:
    """One sentence on why `path` cannot be written, with the remedy."""
    if os.path.isdir(path):
        return f"{path} is a folder; add a file name to it."
    if error.errno == errno.EBADF:
        return f"{path} is not open for writing; open it in the shell, such as with 3> FILE, or name a file."
    if isinstance(error, NotADirectoryError):
        return f"{path} cannot be written because a part of its path is a file; choose another folder."
    if isinstance(error, FileNotFoundError):
        return f"{path} cannot be written because its folder does not exist; create it first."
    if isinstance(error, PermissionError):
        return f"{path} cannot be written: {error.strerror}; choose a folder that you may write to."
    return f"{path} cannot be written: {error.strerror or error}; make room or choose another place."
