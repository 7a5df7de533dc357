"""Archives of strangers: small files that would unpack to all memory are refused before anything unpacks them."""

from __future__ import annotations

import contextlib
import io
import re
import zipfile
from math import prod
from pathlib import Path
from typing import IO, Any

from ...errors import ModelError

ARCHIVE = b"PK\x03\x04"
ALLOWANCE = 64 * 1024
"""Bytes that a checkpoint's entries may have beyond those of its file; torch compresses none of them."""
DEFLATED = re.compile(rb"PK\x01\x02.{6}\x08\x00", re.DOTALL)
"""A compressed entry of any directory in an archive: torch may find another directory than Python does."""
MOST_ARRAYS = 64 * 1024 * 1024
"""Bytes of all arrays in a file of a PLDA; those of community-1 have 300,000."""
WIDEST = 4096
"""Numbers along one side of an array in a PLDA, which pyannote multiplies with itself."""


def check_checkpoint(content: bytes, file: Path) -> None:
    """Raise ModelError for a checkpoint that unpacks to more than its file has.

    Raises ValueError for a program of TorchScript and for a damaged archive.
    """
    if not content.startswith(ARCHIVE):
        return
    try:
        entries = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except Exception as error:  # damage makes it raise of many kinds
        raise ValueError(f"{file.name} is a damaged archive") from error
    if any(entry.filename.endswith("constants.pkl") for entry in entries):
        raise ValueError(f"{file.name} is a program of TorchScript and no checkpoint")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > len(content) + ALLOWANCE or DEFLATED.search(content):
        raise ModelError(
            f"{file} unpacks to more than it holds, as no checkpoint that torch wrote does, and could take all memory, "
            "so it was not loaded; take the files of a pipeline that you know."
        )


def check_arrays(file: Path) -> None:
    """Raise ModelError for a file of a PLDA whose arrays are larger than a PLDA's; one that is damaged is let pass."""
    fits = True
    with contextlib.suppress(Exception):  # it is missing or damaged, and numpy says how
        fits = _fits(file)
    if not fits:
        raise ModelError(
            f"{file} holds arrays of a kind or size that no PLDA has, and could take all memory, "
            "so it was not loaded; take the files of a pipeline that you know."
        )


def _fits(file: Path) -> bool:
    with file.open("rb") as opened:
        if opened.read(len(ARCHIVE)) != ARCHIVE:
            opened.seek(0)
            return _is_small(opened)
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        if sum(entry.file_size for entry in entries) > MOST_ARRAYS:
            return False
        if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
            return False
        for entry in entries:
            with contextlib.suppress(Exception), archive.open(entry) as opened:  # numpy fails alike at a damaged one
                if not _is_small(opened):
                    return False
    return True


def _is_small(opened: IO[bytes]) -> bool:
    """Whether an array is, as its header says; raises ValueError where there is no header."""
    from numpy.lib import format as npy

    read: Any = npy.read_array_header_1_0 if npy.read_magic(opened) == (1, 0) else npy.read_array_header_2_0
    shape, _, dtype = read(opened)
    return len(shape) <= 2 and max(shape, default=0) <= WIDEST and prod(shape) * dtype.itemsize <= MOST_ARRAYS
