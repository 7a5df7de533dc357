"""Object storage, such as s3:// and gs://, through fsspec: what is there, and moving files to and from it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import MediaError, OutputError, SpeakerPlugError, UsageError, first_line
from ..system.fingerprint import digest_of

_URL = re.compile(r"(?!(?:https?|file|local)://)([a-z][a-z0-9+.-]+)://", re.IGNORECASE)
_DRIVERS = {"s3": "'speakerplug[cloud]'", "s3a": "'speakerplug[cloud]'", "gs": "gcsfs", "gcs": "gcsfs", "az": "adlfs"}
_CREDENTIALS = re.compile(r"://[^/]*@")


def is_remote(path: str) -> bool:
    """Return whether it is the URL of an object or a folder in a storage; http is for downloads."""
    return _URL.match(path) is not None


def joined(url: str, name: str) -> str:
    """Return the URL of a name, with slashes, below a folder."""
    return f"{url.rstrip('/')}/{name}"


def objects_under(url: str) -> Mapping[str, int]:
    """Return the size of each object below a folder, by its name relative to that; of an object itself by "".

    Raises MediaError where the storage cannot be read.
    """
    with _reading(url):
        system, root = _system_of(url)
        system.invalidate_cache()
        found = system.find(root, detail=True)
    root = root.rstrip("/")
    return {name[len(root) :].lstrip("/"): int(about.get("size") or 0) for name, about in found.items()}


def identity_of(url: str) -> tuple[int, str]:
    """Return the size of an object, and what changes with its content; raises OSError if it cannot be read."""
    system, path = _system_of(url)
    about = system.info(path)
    tags = (about.get(name) for name in ("ETag", "etag", "md5Hash", "crc32c"))
    tag = next((str(each) for each in tags if each), None) or system.ukey(path)
    size = int(about.get("size") or 0)
    return size, f"{size}-{digest_of(tag)}"


def download(url: str, path: Path) -> None:
    """Write an object to the file at `path`; raises MediaError if it cannot be read."""
    with _reading(url):
        system, remote = _system_of(url)
        system.get_file(remote, str(path))


def upload(path: Path, url: str) -> None:
    """Write a file to the object at `url`, which appears whole; raises OutputError if it cannot be written."""
    with _writing(url):
        system, remote = _system_of(url)
        system.put_file(str(path), remote)


def write(url: str, data: bytes) -> None:
    """Write the object at `url`; raises OutputError if it cannot be written."""
    with _writing(url):
        system, remote = _system_of(url)
        system.pipe_file(remote, data)


def remove(url: str) -> None:
    """Remove an object; raises OutputError if it cannot be removed."""
    with _writing(url):
        system, remote = _system_of(url)
        system.rm_file(remote)


def read_all(url: str, names: list[str]) -> Mapping[str, bytes]:
    """Return the content of objects below a folder, read side by side; raises MediaError if one cannot be read."""
    with _reading(url):
        system, root = _system_of(url)
        paths = {f"{root.rstrip('/')}/{name}": name for name in names}
        found = system.cat([*paths]) if paths else {}
        return {paths[path]: content for path, content in found.items()}


def check(url: str) -> None:
    """Raise UsageError for a URL that holds a password, or of a storage whose driver is not installed."""
    _system_of(url)


def _system_of(url: str) -> tuple[Any, str]:
    """Return the file system of fsspec, and the path in it."""
    from fsspec.core import url_to_fs

    if _CREDENTIALS.search(url):
        raise UsageError("A URL with a password would be written into journals; set the storage's own variables.")
    scheme = url.partition("://")[0]
    try:
        system, path = url_to_fs(url)
    except ImportError:
        package = _DRIVERS.get(scheme.lower(), f"fsspec's driver for {scheme}")
        raise UsageError(f"{scheme}:// needs a driver that is not installed; pip install {package}.") from None
    except ValueError as error:
        raise UsageError(f"{url} cannot be used ({first_line(error)}); check the URL.") from error
    return system, path


@contextmanager
def _reading(url: str) -> Iterator[None]:
    try:
        yield
    except SpeakerPlugError:
        raise
    except Exception as error:  # drivers raise their own
        raise MediaError(f"{url} cannot be read ({first_line(error)}); check the URL and your credentials.") from error


@contextmanager
def _writing(url: str) -> Iterator[None]:
    try:
        yield
    except SpeakerPlugError:
        raise
    except Exception as error:  # drivers raise their own
        raise OutputError(
            f"{url} cannot be written ({first_line(error)}); check the URL, your credentials and the quota."
        ) from error
