"""A media file, on disk or as a file object: its checks, its audio tracks, and its container, opened once."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

from ..errors import MediaError, UsageError, shown
from ..system.temporary import is_temporary
from .part import Part
from .tracks import TrackChoice

if TYPE_CHECKING:
    from av.container import InputContainer

    from .probe import StreamInfo
    from .tracks import AudioTrack

log = logging.getLogger(__name__)

URL = re.compile(r"[a-z][a-z0-9+.-]+:/|www\.([a-z0-9-]+\.)+[a-z]+/", re.IGNORECASE)
"""The beginning of a URL, also as browsers show it; the drive letters of Windows are single."""


def is_url(text: str) -> bool:
    """Return whether a text is a URL, and no file has that name."""
    return URL.match(text) is not None and not os.path.exists(text)


def refuse_url(text: str) -> None:
    """Raise UsageError for a URL, unless there is a file of that name."""
    if is_url(text):
        raise UsageError(f"{shown(text)} is a URL, not a file: download it first, and give the file.")


def _title_of(path: Path) -> str:
    """Return what messages call a file: its path, or its name where the user did not choose the folder."""
    return path.name if is_temporary(path) else str(path)


class MediaFile:
    """A file on disk, or a caller's seekable binary file object, which is read from its beginning and never closed.

    `name` is without folder; `title` is what messages call the file; `choice` says which audio track is wanted, and
    `track_count` how many there are, once it was opened. Only `part` of it is decoded.
    """

    def __init__(self, file: Path | IO[bytes], name: str = "", choice: TrackChoice | None = None) -> None:
        self.file = file
        self.choice = TrackChoice() if choice is None else choice
        self.name = file.name if isinstance(file, Path) else name
        self.title = _title_of(file) if isinstance(file, Path) else name or "The audio"
        self._container: InputContainer | None = None
        self._info: StreamInfo | None = None
        self._tracks: tuple[AudioTrack, ...] = ()
        self.track_count = 0
        self._track: AudioTrack | None = None
        self.part = Part()

    def cut(self, part: Part) -> MediaFile:
        """Return the same file, of which only a part is to be decoded."""
        media = MediaFile(self.file, self.name, self.choice)
        media.title, media.part = self.title, part
        return media

    def check(self) -> None:
        """Raise MediaError for whatever is wrong that shows without opening a decoder."""
        try:
            if isinstance(self.file, Path):
                self._check_path(self.file)
            with self.reading() as file:
                start = file.read(1)
        except MediaError:
            raise
        except PermissionError as error:
            raise MediaError(
                f"There is no permission to read {self.title}: ask its owner, or change its permissions."
            ) from error
        except OSError as error:
            raise MediaError(f"{self.title} cannot be opened ({error}): check the path and the disk.") from error
        if not start:
            raise MediaError(f"{self.title} is empty: copy or record it again.")

    def _check_path(self, path: Path) -> None:
        if path.is_dir():
            raise MediaError(f"{path} is a folder: name a file in it.")
        if not path.exists():
            raise MediaError(f"There is no file {path}; check the path.")
        if not path.is_file():
            raise MediaError(f"{path} is not a regular file: save the recording to a file first.")

    @property
    def info(self) -> StreamInfo:
        """The stream of `track`. Raises MediaError where there is none."""
        if self._info is None:
            self._open()
        assert self._info is not None
        return self._info

    @property
    def part_info(self) -> StreamInfo:
        """The stream of `track`, as if the part were all of it."""
        info, part = self.info, self.part
        ends = [end for end in (info.end, part.end) if end is not None]
        end = max(0.0, min(ends) - part.start) if ends else None
        return replace(info, origin=info.origin + part.start, end=end)

    @property
    def tracks(self) -> tuple[AudioTrack, ...]:
        """The audio tracks that are wanted, the best first. Raises MediaError where there is none."""
        _ = self.info
        return self._tracks

    @property
    def track(self) -> AudioTrack:
        """The audio track to decode: the best one, or that of `take`. Raises MediaError where there is none."""
        return self._track or self.tracks[0]

    def prefer(self, choice: TrackChoice) -> None:
        """Adopt a choice of the audio track, unless there was one or the file was opened."""
        if not self._tracks and self.choice == TrackChoice():
            self.choice = choice

    def take(self, track: AudioTrack) -> None:
        """Decode this track from now on."""
        if track != self.track:
            self.close()
            self._track, self._info = track, None

    @contextmanager
    def container(self) -> Iterator[InputContainer]:
        """Yield the container at its beginning, reusing the probed one if it is unread; close it afterwards."""
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
        """Yield the file at its beginning; restore the position of a caller's file object afterwards."""
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
        from .tracks import ranked, tracks_of

        if not isinstance(self.file, Path):
            self.file.seek(0)
        container = open_container(self.file, self.title)
        try:
            if not self._tracks:
                self._tracks = ranked(self._listed(tracks_of(container, self.title)), self.choice, self.title)
            self._info = info = probe(container, self._track or self._tracks[0])
            if container.format.name == "wav" and info.end is not None:
                self._info = replace(info, end=info.end * self._missing_from_wav())
        except BaseException:
            container.close()
            raise
        self._container = container
        return container

    def _listed(self, tracks: tuple[AudioTrack, ...]) -> tuple[AudioTrack, ...]:
        """Return the tracks, and list them in the log if there are several."""
        self.track_count = len(tracks)
        for track in tracks if len(tracks) > 1 else ():
            flags = ", default" * track.default + ", not the main audio" * (not track.main)
            log.debug("%s: audio track %s: %s%s", self.name or self.title, track, track.audio, flags)
        return tracks

    def _missing_from_wav(self) -> float:
        """Return stated length / actual length of a WAV file by its header; FFmpeg silently trusts the actual size."""
        with self.reading() as file:
            header = file.read(8)
            size = file.seek(0, os.SEEK_END)
        stated = int.from_bytes(header[4:8], "little") + 8
        unknown = header[:4] != b"RIFF" or stated >= 0xFFFFFFFF
        return 1.0 if unknown else max(1.0, stated / size)
