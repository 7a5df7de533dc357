"""Temporary files: their names identify the process, so that a later one can remove what a dead one left behind."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX, SUFFIX = ".speakerplug-", ".tmp"

_own: set[Path] = set()


@contextmanager
def temporary_path(folder: Path) -> Iterator[Path]:
    """Yield an unused path in `folder`; what exists there at the end of the block is removed.

    Its name consists of host, process id, start of the process and a random part. Leftovers of dead processes of this
    host in `folder` are removed first.
    """
    _sweep_once(folder)
    path = folder / f"{PREFIX}{host()}-{os.getpid()}-{started(os.getpid()) or 0}-{secrets.token_hex(4)}{SUFFIX}"
    _own.add(path)
    try:
        yield path
    finally:
        _remove(path)
        _own.discard(path)


@contextmanager
def temporary_folder(parent: Path | None = None) -> Iterator[Path]:
    """Yield a private temporary folder in `parent`, by default the system's; it is removed at the end of the block."""
    with temporary_path(parent or Path(tempfile.gettempdir())) as path:
        path.mkdir(mode=0o700)
        yield path


def is_temporary(path: Path) -> bool:
    """Return whether a path is one of this process's temporary files, or directly in one of its temporary folders."""
    return path in _own or path.parent in _own


def remove_all() -> None:
    """Remove all temporary files of this process, which is about to exit without leaving its `with` blocks."""
    for path in tuple(_own):
        _remove(path)


def sweep(folder: Path) -> None:
    """Remove from `folder` the leftovers of dead processes of this user on this host, and nothing else."""
    pattern = re.compile(rf"{re.escape(PREFIX + host())}-(\d+)-(\d+)-[0-9a-f]+{re.escape(SUFFIX)}")
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            match = pattern.fullmatch(entry.name)
            if match and _is_ours(entry) and is_gone(int(match[1]), int(match[2])):
                _remove(Path(entry.path))


_sweep_once = functools.lru_cache(maxsize=64)(sweep)
"""Once is enough: the next process removes what others leave meanwhile."""


@functools.cache
def host() -> str:
    """Return a name for the scope in which process ids are unique: the host's name and a hash of its ids.

    Folders are shared between hosts, which may have the same name, and containers, which have their own process ids.
    """
    name = socket.gethostname()
    parts = [name]
    with suppress(OSError):
        parts.append(Path("/etc/machine-id").read_text(encoding="ascii", errors="replace"))
    with suppress(OSError):
        parts.append(os.readlink("/proc/self/ns/pid"))
    digest = hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:8]
    return f"{re.sub(r'[^A-Za-z0-9]', '_', name)[:20]}-{digest}"


def started(pid: int) -> int | None:
    """Return the start time of a process, in ticks since boot; None if the system does not provide it."""
    try:
        about = Path(f"/proc/{pid}/stat").read_bytes()
        return int(about.rpartition(b")")[2].split()[19])  # the name before it may contain anything
    except (OSError, ValueError, IndexError):
        return None


def is_gone(pid: int, start: int) -> bool:
    """Return whether the process `pid` that began at `start` (0: unknown) has certainly ended."""
    if os.name != "posix":  # elsewhere os.kill ends the process
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        pass
    now = started(pid)
    return bool(start and now and now != start)


def _is_ours(entry: os.DirEntry[str]) -> bool:
    return os.name == "posix" and entry.stat(follow_symlinks=False).st_uid == os.getuid()


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
        return
    with suppress(OSError):
        path.unlink()
