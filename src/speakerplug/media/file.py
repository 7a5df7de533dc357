"""A media file, on disk or in the hands of a program: what can be told of it, and its container, opened once."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from ..errors import MediaError, UsageError, shown

if TYPE_CHECKING:
    from av.container import InputContainer

    from .probe import Sound

URL = re.compile(r"[a-z][a-z0-9+.-]+:/", re.IGNORECASE)
"""How an address begins; a drive of Windows has one letter."""


def refuse_url(text: str) -> None:
    """Raise UsageError for an address, unless there is a file of that name."""
    if URL.match(text) and not os.path.exists(text):
        raise UsageError(f"{shown(text)} is an address, not a file: download it first, and name the file.")


class MediaFile:
    """A file on disk, or one that a program holds: seekable, in binary mode, read from its beginning, never closed.

    `name` has no folder; `title` is what messages call it.
    """

    def __init__(self, file: Path | IO[bytes], name: str = "") -> None:
        self.file = file
        self.name = file.name if isinstance(file, Path) else name
        self.title = str(file) if isinstance(file, Path) else name or "The audio"
        self._container: InputContainer | None = None
        self._sound: Sound | None = None

    def check(self) -> None:
        """Raise MediaError for whatever can be told without opening a decoder."""
        try:
            if isinstance(self.file, Path):
                self._check_path(self.file)
            with self.reading() as file:
                start = file.read(1)
        except MediaError:  # a ValueError, too
            raise
        except PermissionError as error:
            raise MediaError(f"{self.title} may not be read: ask its owner, or change its permissions.") from error
        except (OSError, ValueError) as error:  # ValueError: a file that its program has closed
            raise MediaError(f"{self.title} cannot be opened ({error}): check the path and the disk.") from error
        if isinstance(start, str):
            raise UsageError(f'{self.title} is open as text: open it in binary mode, "rb".')
        if not start:
            raise MediaError(f"{self.title} is empty: copy or record it again.")

    def _check_path(self, path: Path) -> None:
        if path.is_dir():
            raise MediaError(f"{path} is a folder: name a file in it.")
        if not path.exists():
            raise MediaError(f"There is no file {path}: check the spelling and the folder.")
        if not path.is_file():
            raise MediaError(f"{path} is not a regular file: save the recording to a file first.")

    @property
    def sound(self) -> Sound:
        """The audio stream that a player would choose. Raises MediaError where there is none."""
        if self._sound is None:
            self._open()
        assert self._sound is not None
        return self._sound

    @contextmanager
    def container(self) -> Iterator[InputContainer]:
        """Give the container at its beginning, the one that was looked into if nobody has read it; close it after."""
        container, self._container = self._container or self._open(), None
        with container:
            yield container

    def close(self) -> None:
        """Close the container, if it is open."""
        if self._container is not None:
            self._container.close()
            self._container = None

    @contextmanager
    def reading(self) -> Iterator[IO[bytes]]:
        """Give the file at its beginning; one that is held is put back to where it was."""
        if isinstance(self.file, Path):
            with self.file.open("rb") as file:
                yield file
            return
        position = self.file.tell()
        self.file.seek(0)
        try:
            yield self.file
        finally:
            self.file.seek(position)

    def _open(self) -> InputContainer:
        from .probe import open_container, probe

        if not isinstance(self.file, Path):
            self.file.seek(0)
        container = open_container(self.file, self.title)
        try:
            self._sound = probe(container, self.title, self.reading)
        except BaseException:
            container.close()
            raise
        self._container = container
        return container
