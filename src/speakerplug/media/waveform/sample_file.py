"""Samples in a temporary file: those of a long recording, which would take too much memory."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from threading import Lock
from typing import IO, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from ...errors import MediaError

Samples = npt.NDArray[np.float32]

SAMPLE_RATE = 16_000
ITEM = np.dtype(np.float32).itemsize
BLOCK = 60 * SAMPLE_RATE
"""Samples to process at a time."""


class SampleFile:
    """A series of float32 samples in a temporary file without a name, which vanishes with its last user, even a kill.

    Silent where nothing was written. Read by ordinary reads, because mapped pages count as memory of the process.
    Threads may read at the same time, and so may another process that has the descriptor.
    """

    def __init__(self, file: IO[bytes] | None = None, length: int = 0) -> None:
        """`file` holds `length` samples already; raises MediaError if no temporary file can be created."""
        self._file = _temporary_file() if file is None else file
        self._length = length
        self._lock = Lock()

    def __len__(self) -> int:
        return self._length

    def fileno(self) -> int:
        """Return the descriptor of the file."""
        return self._file.fileno()

    def write(self, position: int, samples: Samples) -> None:
        """Write `samples` at `position` (in samples). Raises MediaError if the disk is full."""
        data = np.ascontiguousarray(samples, np.float32).view(np.uint8).data
        with self._lock:
            try:
                self._file.seek(position * ITEM)
                while data:
                    data = data[self._file.write(data) :]
            except OSError as error:
                raise _unwritable(error) from error
            self._length = max(self._length, position + len(samples))

    def read(self, first: int, last: int) -> Samples:
        """Return samples `first` to `last`, clipped to those that there are, read-only."""
        first, last = max(0, first), min(last, self._length)
        parts, position = [], first * ITEM
        while position < last * ITEM:
            part = self._read(position, last * ITEM - position)
            if not part:
                raise MediaError("The temporary file with the samples was cut short: transcribe the recording again.")
            parts.append(part)
            position += len(part)
        return np.frombuffer(parts[0] if len(parts) == 1 else b"".join(parts), np.float32)

    def _read(self, position: int, size: int) -> bytes:
        if hasattr(os, "pread"):
            return os.pread(self.fileno(), size, position)
        with self._lock:
            self._file.seek(position)
            return self._file.read(size)

    def mapped(self) -> Samples:
        """Return all samples as a read-only memory map, for code that takes an array."""
        return cast(Samples, np.memmap(self._file, np.float32, mode="r", shape=(self._length,)))


Stored: TypeAlias = Samples | SampleFile
"""Samples in memory or on disk."""


def blocks_of(stored: Stored) -> Iterator[tuple[int, Samples]]:
    """Yield all samples in blocks, each with the number of its first sample; views of samples in memory."""
    for first in range(0, len(stored), BLOCK):
        last = first + BLOCK
        yield first, stored.read(first, last) if isinstance(stored, SampleFile) else stored[first:last]


def _temporary_file() -> IO[bytes]:
    try:
        return tempfile.TemporaryFile(prefix="speakerplug-", buffering=0)
    except OSError as error:
        raise _unwritable(error) from error


def _unwritable(error: OSError) -> MediaError:
    return MediaError(
        f"The samples of a long recording cannot be written to a temporary file ({error.strerror or error}): free "
        "230 MB for each hour of each channel in the folder for temporary files, or set TMPDIR to a larger one."
    )
