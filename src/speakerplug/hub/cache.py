"""The hub's cache on this machine: what it holds, and whether that matches the hub's checksums."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from ..errors import ModelError
from ..system.telemetry import silence_telemetry

BLOCK_BYTES = 1 << 20


def place(cache_dir: str | None = None) -> Path:
    """Return the cache folder: `cache_dir`, or the hub's own (HF_HUB_CACHE, or hub/ in HF_HOME)."""
    if cache_dir:
        return Path(cache_dir).expanduser()
    silence_telemetry()
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE)


def cached(repo: str, files: Sequence[str], revision: str | None = None, cache_dir: str | None = None) -> Path | None:
    """Return the folder of a cached copy of `repo` that has all of `files`; None if there is none."""
    silence_telemetry()
    from huggingface_hub import try_to_load_from_cache

    folder = place(cache_dir)
    try:
        found = [try_to_load_from_cache(repo, file, cache_dir=folder, revision=revision) for file in files]
    except ValueError:  # a name that no repository can have
        return None
    if not found or not all(isinstance(path, str) for path in found):
        return None
    return Path(str(found[0])[: -len(files[0])])


def repositories(cache_dir: str | None = None) -> list[str]:
    """Return the names of the models that have any file in the cache."""
    found = [folder.name.split("--")[1:] for folder in sorted(place(cache_dir).glob("models--*--*"))]
    return ["/".join(name) for name in found if len(name) == 2]


def blobs(repo: str, cache_dir: str | None = None) -> Path:
    """Return the folder in which the cache keeps the contents of `repo`'s files, each named by its hash."""
    return place(cache_dir) / f"models--{repo.replace('/', '--')}" / "blobs"


def damaged(folder: Path) -> list[str]:
    """Return the files of a cached copy whose content does not match the hash in its name."""
    links = [path for path in sorted(folder.rglob("*")) if path.is_symlink()]
    return [path.relative_to(folder).as_posix() for path in links if not is_intact(path, Path(os.readlink(path)).name)]


def is_intact(path: Path, digest: str | None) -> bool:
    """Return whether a file matches the hub's `digest`: SHA-256, or git's SHA-1 for small ones; others are ignored."""
    if digest is None or len(digest) not in (40, 64):
        return True
    try:
        size_bytes = path.stat().st_size
        # Git's SHA-1 covers a header and the content.
        found = hashlib.sha256() if len(digest) == 64 else hashlib.sha1(b"blob %d\0" % size_bytes)
        with path.open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                found.update(block)
    except OSError:
        return False
    return found.hexdigest() == digest


def discard(folder: Path, name: str) -> None:
    """Remove a damaged file from a cached copy, so that it is downloaded again; nothing outside the cache is touched.

    Its content is removed only if it is in the blobs folder of the same repository.
    """
    path = folder / name
    if not path.parent.resolve().is_relative_to(folder.resolve()):
        raise ModelError(
            f"The folder {path.parent} of the cache is a link to another place, so nothing in it is replaced; "
            "remove the link and fetch again."
        )
    if path.is_symlink():
        target = path.parent.resolve() / os.readlink(path)
        if target.parent.resolve() == (folder.parents[1] / "blobs").resolve():
            target.unlink(missing_ok=True)
    path.unlink(missing_ok=True)
