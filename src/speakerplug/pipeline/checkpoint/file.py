"""The file of a checkpoint: lines that are appended, each with a checksum, so that a torn end is recognized.

The first line names the format. Each other line is `CRC32 KIND STAGE JSON`: a line of the kind `work` identifies what
the records of its stage after it belong to, and one of the kind `record` is progress of that work.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
import zlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from ...errors import UsageError

log = logging.getLogger(__name__)

NAME = b"speakerplug-checkpoint "
HEADER = NAME + b"1\n"
WORK, RECORD = "work", "record"
IDENTITY = b'{"work":'
"""The beginning of a record with which a stage identifies its work."""
SYNC_EVERY_S = 10.0
"""What was written outlasts the process at once, and a power cut after these seconds: waiting for a disk takes 6 ms."""


class Line(NamedTuple):
    """One line of the file, its JSON not parsed yet."""

    kind: str
    stage: str
    json: bytes

    def value(self) -> Any:
        """Return the value of the JSON."""
        return json.loads(self.json)


def line_of(kind: str, stage: str, value: Mapping[str, Any]) -> Line:
    """Return the line for a value; raises TypeError and ValueError if JSON cannot hold it."""
    return Line(kind, stage, json.dumps(value, separators=(",", ":"), allow_nan=False).encode("ascii"))


class CheckpointFile:
    """A file to append to, readable by its owner alone; `lines` are those that it had.

    Raises OSError if it cannot be opened, and UsageError if there is a file of another kind.
    """

    def __init__(self, path: Path) -> None:
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
        self.path, self._guard, self._synced = path, threading.Lock(), 0.0
        self._descriptor: int | None = os.open(path, flags, 0o600)
        try:
            self.age_s = time.time() - os.fstat(self._descriptor).st_mtime
            with open(self._descriptor, "rb", closefd=False) as file:
                content = file.read()
            if content[: len(NAME)] != NAME[: len(content)]:
                raise UsageError(f"{path} is not a checkpoint of SpeakerPlug; rename it, or choose another place.")
            os.chmod(path, 0o600)
            self.lines, self._size = _intact(content)
        except BaseException:
            self.close()
            raise

    @property
    def has_progress(self) -> bool:
        """Whether there is progress of a stage to go on from: more than what identifies its work."""
        latest = {line.stage: line for line in self.lines}
        return any(line.kind == RECORD and not line.json.startswith(IDENTITY) for line in latest.values())

    def clear(self) -> None:
        """Forget all lines."""
        self.lines, self._size = [], 0

    def append(self, line: Line) -> None:
        """Append a line; where it cannot be written, log that once and write no more."""
        kind, stage, text = line
        counted = f"{kind} {stage} ".encode() + text
        with self._guard:
            if self._descriptor is None:
                return
            try:
                self._write(b"%08x %s\n" % (zlib.crc32(counted), counted))
            except OSError as error:
                log.warning(
                    "%s cannot be written (%s); the work goes on, and could not be resumed from here.",
                    self.path,
                    error.strerror or error,
                )
                with suppress(OSError):
                    os.ftruncate(self._descriptor, self._size)
                self._close()
                return
            self.lines.append(line)

    def close(self) -> None:
        """Close the file; further lines are dropped."""
        with self._guard:
            self._close()

    def _write(self, data: bytes) -> None:
        """Write `data` after the intact part of the file."""
        assert self._descriptor is not None
        data = data if self._size else HEADER + data
        os.ftruncate(self._descriptor, self._size)
        os.lseek(self._descriptor, self._size, os.SEEK_SET)
        left = memoryview(data)
        while left:
            left = left[os.write(self._descriptor, left) :]
        if time.monotonic() - self._synced > SYNC_EVERY_S:
            os.fsync(self._descriptor)
            self._synced = time.monotonic()
        self._size += len(data)

    def _close(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


def _intact(content: bytes) -> tuple[list[Line], int]:
    """Return the lines before the first damaged one, and the number of bytes until there; none of another format."""
    if not content.startswith(HEADER):
        return [], 0
    lines: list[Line] = []
    size = len(HEADER)
    for raw in content[size:].splitlines(keepends=True):
        checksum, _, counted = raw.partition(b" ")
        if not raw.endswith(b"\n") or checksum != b"%08x" % zlib.crc32(counted[:-1]):
            break
        kind, stage, text = counted[:-1].split(b" ", 2)
        lines.append(Line(kind.decode(), stage.decode(), text))
        size += len(raw)
    return lines, size
