"""The hub's cache on this machine: what it holds, and whether that is what the hub gave."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from ..errors import ModelError
from ..system.telemetry import silence_telemetry

BLOCK_BYTES = 1 << 20


def place(cache_dir: str | None = None) -> Path:
    """The folder of the cache: `cache_dir`, or the hub's own (HF_HUB_CACHE, or hub/ in HF_HOME)."""
    if cache_dir:
        return Path(cache_dir).expanduser()
    silence_telemetry()
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE)


def cached(repo: str, files: Sequence[str], revision: str | None = None, cache_dir: str | None = None) -> Path | None:
    """The folder of a cached copy of `repo` that holds all of `files`; None where there is none."""
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
    """The names of the models of which the cache holds anything."""
    found = [folder.name.split("--")[1:] for folder in sorted(place(cache_dir).glob("models--*--*"))]
    return ["/".join(name) for name in found if len(name) == 2]


def blobs(repo: str, cache_dir: str | None = None) -> Path:
    """Where the cache keeps the contents of `repo`'s files, each under its hash."""
    return place(cache_dir) / f"models--{repo.replace('/', '--')}" / "blobs"


def damaged(folder: Path) -> list[str]:
    """The files of a cached copy that are not what the hub gave, by the hash that they are kept under."""
    links = [path for path in sorted(folder.rglob("*")) if path.is_symlink()]
    return [path.relative_to(folder).as_posix() for path in links if not is_sound(path, Path(os.readlink(path)).name)]


def is_sound(path: Path, digest: str | None) -> bool:
    """Whether a file has the hub's `digest`: SHA-256, or git's SHA-1 for small ones; another kind is not looked at."""
    if digest is None or len(digest) not in (40, 64):
        return True
    try:
        size_bytes = path.stat().st_size
        # The hub's SHA-1 is git's, of a header and the content.
        found = hashlib.sha256() if len(digest) == 64 else hashlib.sha1(b"blob %d\0" % size_bytes)
        with path.open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                found.update(block)
    except OSError:
        return False
    return found.hexdigest() == digest


def discard(folder: Path, name: str) -> None:
    """Take a damaged file out of a cached copy, so that it is fetched again; nothing outside the cache is touched.

    Its content is only removed where it lies among the contents that the cache keeps of the same repository.
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
