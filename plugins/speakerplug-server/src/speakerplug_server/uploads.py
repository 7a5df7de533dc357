"""The form of a request: its fields, and its file, which is read to disk before anything else happens."""

from __future__ import annotations

import io
import os
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import IO

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive

from .faults import Fault

LONGEST_FIELD = 16 * 1024 * 1024
"""Bytes of a field that is no file; Starlette's own limit of 1 MiB refuses what OpenAI's clients may send."""
MOST_FIELDS = 500
RATE = 16_000
HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
"""The header of a WAV file."""


@dataclass(frozen=True)
class Form:
    """The fields of a request by name, where a name in brackets is the same as one without; and its files."""

    data: FormData

    def all(self, name: str) -> list[str]:
        """Return the values of a field, without empty ones."""
        values = [*self.data.getlist(name), *self.data.getlist(f"{name}[]")]
        return [value for value in values if isinstance(value, str) and value.strip()]

    def one(self, name: str) -> str | None:
        """Return the value of a field; None without one. Raises Fault for several."""
        values = self.all(name)
        if len(values) > 1:
            raise Fault(400, f"{name} is given {len(values)} times; give it once.", param=name)
        return values[0].strip() if values else None

    def upload(self, name: str) -> UploadFile | None:
        """Return the file of that name; None without one. Raises Fault for several, and for an empty one."""
        given = self.data.getlist(name)
        if len(given) > 1:
            raise Fault(400, f"{name} is given {len(given)} times; send one file with each request.", param=name)
        if not given:
            return None
        (upload,) = given
        if isinstance(upload, str):
            raise Fault(400, f"The part {name} has no filename, so it is no file; give it one.", param=name)
        if not upload.size:
            raise Fault(400, "The file is empty; record or copy it again.", param=name, code="invalid_file")
        return upload

    def has(self, *names: str) -> str | None:
        """Return the first of these names that is in the form, with or without brackets."""
        return next((name for name in names if name in self.data or f"{name}[]" in self.data), None)


@asynccontextmanager
async def form_of(request: Request, max_bytes: int) -> AsyncIterator[Form]:
    """Read the form of a request, to disk where it is large; its files are gone when the block ends.

    They have no names, so that nothing stays after a crash, either. Raises Fault for what is no form or has more than
    `max_bytes`, and ClientDisconnect.
    """
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > max_bytes:
        raise _too_large(max_bytes)
    limited = Request(request.scope, _limited(request.receive, max_bytes))
    try:
        data = await limited.form(max_files=8, max_fields=MOST_FIELDS, max_part_size=LONGEST_FIELD)
    except HTTPException as error:
        raise Fault(error.status_code, f"The form cannot be read: {error.detail}") from error
    try:
        yield Form(data)
    finally:
        await data.close()


def _limited(receive: Receive, max_bytes: int) -> Receive:
    left = max_bytes

    async def counted() -> Message:
        """Receive the next part of the body; raises Fault after too many bytes."""
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise _too_large(max_bytes)
        return message

    return counted


def _too_large(max_bytes: int) -> Fault:
    return Fault(
        413, f"The upload has more than {max_bytes:,} bytes; compress it.", param="file", code="file_too_large"
    )


class RawAudio(io.RawIOBase):
    """Samples without a header (s16le, 16 kHz, mono) as a WAV file."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__()
        self._file = file
        size = file.seek(0, os.SEEK_END)
        stated = min(size, 0xFFFFFFFF - 36)
        self._header = HEADER.pack(
            b"RIFF", stated + 36, b"WAVE", b"fmt ", 16, 1, 1, RATE, RATE * 2, 2, 16, b"data", stated
        )
        self._size, self._place = size + HEADER.size, 0

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def seekable(self) -> bool:
        """Return that it can seek."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a place in the WAV file, and return it."""
        origin = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._size}[whence]
        self._place = max(0, origin + offset)
        return self._place

    def tell(self) -> int:
        """Return the place in the WAV file."""
        return self._place

    def readinto(self, buffer: object, /) -> int:
        """Read the header, then the samples."""
        view = memoryview(buffer)  # type: ignore[arg-type]
        if self._place < HEADER.size:
            data = self._header[self._place : self._place + len(view)]
        else:
            self._file.seek(self._place - HEADER.size)
            data = self._file.read(len(view))
        view[: len(data)] = data
        self._place += len(data)
        return len(data)
