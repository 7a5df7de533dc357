"""What identifies the content of recordings and of written files."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from pathlib import Path

from ..plugin.executor import WrittenFile
from ..system.fingerprint import fingerprint
from .record import Record
from .storage import identity_of, is_remote

BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Source:
    """The file of a recording: size, time of its last change, and content key; `sha256` only with --verify.

    All are empty for a file that cannot be read; the worker says why.
    """

    size: int = 0
    mtime_ns: int = 0
    content: str = ""
    sha256: str = ""


def source_of(path: str, latest: Record | None = None, verify: bool = False) -> Source:
    """Return the file at `path`.

    Its content key is that of the record if size and time are the same: hashing all would take long. With `verify` all
    of it is read; where that differs from the record's, so does the key.
    """
    try:
        if is_remote(path):
            return Source(*_in_storage(path))
        status = os.stat(path)
        same = latest is not None and (latest.size, latest.mtime_ns) == (status.st_size, status.st_mtime_ns)
        content = latest.content if same and latest is not None and not verify else fingerprint(Path(path))
        sha256 = sha256_of(Path(path)) if verify else latest.sha256 if same and latest is not None else ""
    except OSError:
        return Source()
    if verify and latest is not None and latest.sha256 not in ("", sha256):
        content = f"{content}-{sha256}"
    return Source(status.st_size, status.st_mtime_ns, content, sha256)


def _in_storage(url: str) -> tuple[int, int, str]:
    """Return size, no time, and content key of an object: storages keep a hash of their own; raises OSError."""
    try:
        size, content = identity_of(url)
    except Exception as error:  # drivers raise their own
        raise OSError(str(error)) from error
    return size, 0, content


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file; raises OSError."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            found.update(block)
    return found.hexdigest()


def written_file(path: Path) -> WrittenFile:
    """Return a file that was written, with its size and hash; raises OSError."""
    return WrittenFile(str(path), path.stat().st_size, sha256_of(path))


def are_there(outputs: tuple[WrittenFile, ...], folder: Path, verify: bool = False) -> bool:
    """Return whether files, relative to a folder, are there; with `verify`, whether they are as they were written.

    Someone may have edited them meanwhile: they are done all the same.
    """
    for each in outputs:
        path = folder / each.path
        try:
            if (path.stat().st_size == 0) != (each.size == 0) or (verify and sha256_of(path) != each.sha256):
                return False
        except OSError:
            return False
    return bool(outputs)


def relative(written: WrittenFile, folder: Path) -> WrittenFile:
    """Return a written file with its path relative to a folder, with slashes."""
    return replace(written, path=name_in(folder, written.path))


def name_in(folder: Path, path: str) -> str:
    """Return a path relative to a folder, with slashes."""
    return os.path.relpath(path, folder).replace(os.sep, "/")
