"""Temporary files: their names say whose they are, so that a later process can sweep what a dead one has left."""

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
    """A name in `folder` that nothing has; what is there when the block ends is removed.

    Its parts are host, process id, start of the process and something random. What processes of this host have left
    in `folder`, and are gone, is swept before.
    """
    sweep(folder)
    path = folder / f"{PREFIX}{host()}-{os.getpid()}-{started(os.getpid()) or 0}-{secrets.token_hex(4)}{SUFFIX}"
    _own.add(path)
    try:
        yield path
    finally:
        _remove(path)
        _own.discard(path)


@contextmanager
def temporary_folder(parent: Path | None = None) -> Iterator[Path]:
    """A folder that nobody else may enter, in `parent` or where the system keeps such things; gone with the block."""
    with temporary_path(parent or Path(tempfile.gettempdir())) as path:
        path.mkdir(mode=0o700)
        yield path


def remove_all() -> None:
    """Remove whatever this process has made here and not removed yet: it ends without leaving its blocks."""
    for path in tuple(_own):
        _remove(path)


@functools.lru_cache(maxsize=64)  # once is enough: others that die meanwhile are swept by the next process
def sweep(folder: Path) -> None:
    """Remove from `folder` what processes of this user on this host have left there that are gone, and nothing else."""
    pattern = re.compile(rf"{re.escape(PREFIX + host())}-(\d+)-(\d+)-[0-9a-f]+{re.escape(SUFFIX)}")
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            match = pattern.fullmatch(entry.name)
            if match and _is_ours(entry) and is_gone(int(match[1]), int(match[2])):
                _remove(Path(entry.path))


@functools.cache
def host() -> str:
    """A name for those processes among which an id means one: the host's, and what tells it from others of that name.

    Folders are shared between hosts, which may have the same name, and by containers, which count processes anew.
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
    """When a process began, in ticks since the system did; None where the system does not tell."""
    try:
        about = Path(f"/proc/{pid}/stat").read_bytes()
        return int(about.rpartition(b")")[2].split()[19])  # the name before it may hold anything
    except (OSError, ValueError, IndexError):
        return None


def is_gone(pid: int, start: int) -> bool:
    """Whether the process `pid` that began at `start` (0: not known) is certainly no more."""
    if os.name != "posix":  # elsewhere to ask for a process may be to end it
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
