"""Check archives of unknown origin: refuse small files that would unpack to all memory, before unpacking them."""

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
"""Bytes by which the entries of a checkpoint may exceed the file; torch does not compress them."""
DEFLATED = re.compile(rb"PK\x01\x02.{6}\x08\x00", re.DOTALL)
"""A compressed entry of any central directory in an archive: torch may find another one than Python does."""
MAX_ARRAY_BYTES = 64 * 1024 * 1024
"""Bytes of all arrays in a PLDA file; those of community-1 have 300,000."""
MAX_SIDE = 4096
"""Maximum side of an array in a PLDA file, which pyannote multiplies with itself."""


def check_checkpoint(content: bytes, file: Path) -> None:
    """Raise ModelError for a checkpoint that unpacks to more bytes than its file has.

    Raises ValueError for a TorchScript program and for a damaged archive.
    """
    if not content.startswith(ARCHIVE):
        return
    try:
        entries = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except Exception as error:  # a damaged archive raises errors of many kinds
        raise ValueError(f"{file.name} is a damaged archive") from error
    if any(entry.filename.endswith("constants.pkl") for entry in entries):
        raise ValueError(f"{file.name} is a TorchScript program, not a checkpoint")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > len(content) + ALLOWANCE or DEFLATED.search(content):
        raise ModelError(
            f"{file} unpacks to more bytes than it has, unlike any checkpoint of torch, and could fill all memory, "
            "so it was not loaded; use the files of a pipeline that you know."
        )


def check_arrays(file: Path) -> None:
    """Raise ModelError for a PLDA file whose arrays are too large for a PLDA; let damaged files pass."""
    fits = True
    with contextlib.suppress(Exception):  # if it is missing or damaged, numpy reports it better
        fits = _fits(file)
    if not fits:
        raise ModelError(
            f"{file} contains arrays of a type or size that no PLDA has, and could fill all memory, "
            "so it was not loaded; use the files of a pipeline that you know."
        )


def _fits(file: Path) -> bool:
    with file.open("rb") as opened:
        if opened.read(len(ARCHIVE)) != ARCHIVE:
            opened.seek(0)
            return _is_small(opened)
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        if sum(entry.file_size for entry in entries) > MAX_ARRAY_BYTES:
            return False
        if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
            return False
        for entry in entries:
            with contextlib.suppress(Exception), archive.open(entry) as opened:  # numpy fails at a damaged one, too
                if not _is_small(opened):
                    return False
    return True


def _is_small(opened: IO[bytes]) -> bool:
    """Return whether an array is small, by its header; raises ValueError if there is no header."""
    from numpy.lib import format as npy

    read: Any = npy.read_array_header_1_0 if npy.read_magic(opened) == (1, 0) else npy.read_array_header_2_0
    shape, _, dtype = read(opened)
    return len(shape) <= 2 and max(shape, default=0) <= MAX_SIDE and prod(shape) * dtype.itemsize <= MAX_ARRAY_BYTES
