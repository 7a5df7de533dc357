"""`--progress json`: what happens, as one JSON object a line on stderr, which has nothing else then.

docs/reference/progress.md is the contract, docs/progress.schema.json its schema.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any, TextIO

from ..errors import masked

SCHEMA, VERSION = "speakerplug/progress", "1.0"
"""What the first event says about those that follow; version 1.x may add fields and kinds of events."""
LOCK_TIMEOUT_S = 1.0
"""Seconds after which an event is written although another thread, which may hang, writes one."""
DRAIN_S = 0.3
"""Seconds to wait at the end for what was printed to stderr."""


def is_typed(arguments: Sequence[str]) -> bool:
    """Return whether the arguments ask for events; before they are parsed, as that may already fail."""
    given = [*arguments]
    given = given[: given.index("--")] if "--" in given else given
    return "--progress=json" in given or ("--progress", "json") in pairwise(given)


class Events:
    """Writes events to `stream`; with `captures`, lines that anything else prints to stderr become events of logs."""

    def __init__(self, stream: TextIO, captures: bool = False) -> None:
        from .. import __version__

        self._stream, self._began = stream, time.monotonic()
        self._lock = threading.Lock()
        self._file: str | None = None
        self._results: list[dict[str, Any]] = []
        self._has_ended = False
        self._descriptor = _duplicate() if captures else None
        self._relay = self._captured() if self._descriptor is not None else None
        self.emit("start", schema=SCHEMA, version=VERSION, speakerplug=__version__)

    def emit(self, event: str, **fields: Any) -> None:
        """Write an event; one about an input, after `begin`, has its `file`."""
        if self._file is not None:
            fields = {"file": self._file, **fields}
        self._write({"event": event, **fields})

    def begin(self, file: str) -> None:
        """Name the input in the events that follow."""
        self._file = file

    def finish(self, code: int) -> None:
        """Keep the exit code of the input for the end; the events that follow are about no input."""
        self.settle(self._file, code)
        self._file = None

    def settle(self, file: str | None, code: int) -> None:
        """Keep the exit code of any input for the end."""
        self._results.append({"file": file, "exit_code": code})

    def end(self, code: int) -> None:
        """Write the last event, once."""
        if self._has_ended:
            return
        self._has_ended, self._file = True, None
        self._release()
        seconds = round(time.monotonic() - self._began, 3)
        self._write({"event": "end", "exit_code": code, "seconds": seconds, "files": self._results})

    def _write(self, event: dict[str, Any]) -> None:
        line = json.dumps(_masked(event)) + "\n"
        is_locked = self._lock.acquire(timeout=LOCK_TIMEOUT_S)
        try:
            with suppress(OSError, ValueError):  # closed, or its reader has exited: the exit code tells the rest
                if self._descriptor is None:
                    self._stream.write(line)
                    self._stream.flush()
                else:
                    _write_whole(self._descriptor, line.encode("ascii"))
        finally:
            if is_locked:
                self._lock.release()

    def _captured(self) -> threading.Thread:
        """Replace the stderr of this process by a pipe, whose lines become events; libraries in C print there, too."""
        reading, writing = os.pipe()
        self._stream.flush()
        os.dup2(writing, 2)
        os.close(writing)
        relay = threading.Thread(target=self._read, args=(reading,), name="stderr", daemon=True)
        relay.start()
        return relay

    def _read(self, reading: int) -> None:
        with open(reading, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if line.strip():
                    self.emit("log", level="info", message=line.rstrip(), source="stderr")

    def _release(self) -> None:
        """Give this process its stderr back, after what was printed to it has become events."""
        if self._descriptor is None or self._relay is None:
            return
        with suppress(OSError, ValueError):
            self._stream.flush()
        os.dup2(self._descriptor, 2)  # closes the pipe, unless a child process still holds it
        self._relay.join(DRAIN_S)


_current: Events | None = None
_owns_process = False


def current() -> Events | None:
    """Return the events of this call; None unless --progress json was given."""
    return _current


def prepare(arguments: Sequence[str], owns_process: bool) -> None:
    """Begin a call; with `owns_process`, events come in place of all that is printed to stderr."""
    global _current, _owns_process
    _current, _owns_process = None, owns_process
    if is_typed(arguments):
        start()


def start() -> None:
    """Write events from now on."""
    global _current
    if _current is None:
        _current = Events(sys.stderr, captures=_owns_process)


def about(file: str) -> None:
    """Name the input that the following events are about."""
    if _current is not None:
        _current.begin(file)


def done(code: int) -> None:
    """End with the input, and keep its exit code for the last event."""
    if _current is not None:
        _current.finish(code)


def skipped(file: str, there: Sequence[Path]) -> None:
    """Tell that an input is skipped, as its results are there already."""
    if _current is not None:
        _current.emit("skipped", file=file, paths=[str(path) for path in there])


def end(code: int) -> None:
    """Write the last event, if there are events at all."""
    global _current
    if _current is not None:
        _current.end(code)
        _current = None


def _masked(value: Any) -> Any:
    """Return a value without secrets in its texts."""
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, dict):
        return {key: _masked(each) for key, each in value.items()}
    return [_masked(each) for each in value] if isinstance(value, list) else value


def _duplicate() -> int | None:
    """Return a descriptor of stderr that stays when that is replaced; None where there is none."""
    try:
        return os.dup(2)
    except OSError:
        return None


def _write_whole(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
