"""The journals in the folder of the results: files of JSON lines, one for each writer, which are only appended to.

Their union says what became of each recording. A line that a dying writer has left unfinished is ignored.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..errors import OutputError, UsageError
from ..system.temporary import host
from .found import STATE
from .record import Record, record_of

SCHEMA, MAJOR = "speakerplug/journal", 1
"""What the first line of a journal says; a reader of version 1 reads 1.x."""
PREFIX, SUFFIX = "journal-", ".jsonl"
TICK_S = 1e-6
"""The least time between two records."""


@dataclass(frozen=True, slots=True)
class History:
    """What the journals say: the `latest` record of each recording by its key, and the `runs`, each by its header."""

    latest: Mapping[str, Record] = field(default_factory=dict)
    runs: tuple[Mapping[str, Any], ...] = ()

    @property
    def time(self) -> float:
        """The time of the last record."""
        return max((record.time for record in self.latest.values()), default=0.0)


def read_journals(output: Path) -> History:
    """Return what the journals in the folder `output` say. Raises UsageError for one of a newer version."""
    return _union(_files(output / STATE))


def union(contents: Iterable[tuple[str, bytes]]) -> History:
    """Return the union of journals, each a name and its bytes, in any order."""
    return _union((name, content.splitlines(keepends=True)) for name, content in contents)


def _union(journals: Iterable[tuple[str, Iterable[bytes]]]) -> History:
    """Return the union of journals, each a name and its lines; one without an end is a torn one."""
    latest: dict[str, Record] = {}
    runs = []
    for name, lines in journals:
        about: dict[str, Any] = {}
        for line in lines:
            value = _parsed(line) if line.endswith(b"\n") else None
            if not about:
                if value is None or value.get("schema") != SCHEMA:
                    break
                _refuse_newer(name, value)
                about = {**value, "file": name}
                runs.append(about)
                continue
            about |= value["run"] if value is not None and isinstance(value.get("run"), dict) else {}
            record = None if value is None else record_of(value)
            if record is not None and (record.key not in latest or record.time >= latest[record.key].time):
                latest[record.key] = record
    return History(latest, tuple(sorted(runs, key=lambda run: float(run.get("begun", 0.0)))))


def _files(folder: Path) -> Iterator[tuple[str, Iterable[bytes]]]:
    for path in sorted(folder.glob(f"{PREFIX}*{SUFFIX}")):
        try:
            with path.open("rb") as file:
                yield path.name, file
        except OSError as error:
            raise UsageError(f"{path} cannot be read ({error.strerror}); change its permissions.") from error


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _refuse_newer(name: str, run: Mapping[str, Any]) -> None:
    version = str(run.get("version"))
    if version.partition(".")[0] != str(MAJOR):
        raise UsageError(
            f"The journal {name} is of version {version:.20}, from another SpeakerPlug ({run.get('speakerplug')}); "
            "update this one, or choose another folder with --output."
        )


def journal_name() -> str:
    """Return the name of the journal of this run, which no other has."""
    return f"{PREFIX}{host()}-{os.getpid()}-{time.time_ns():x}{SUFFIX}"


def header_of(about: Mapping[str, Any], history: History) -> bytes:
    """Return the first line of a journal; it began after all that the `history` says."""
    from .. import __version__

    begun = max(time.time(), history.time + TICK_S)
    header = {"schema": SCHEMA, "version": f"{MAJOR}.0", "speakerplug": __version__, "begun": begun, **about}
    return json.dumps(header, separators=(",", ":")).encode("ascii") + b"\n"


class Journal:
    """The journal of this run, which nobody else writes to.

    Its records are later than those of the `history`, whatever the clocks of the machines say. `about` goes into its
    first line. Raises OutputError where it cannot be written.
    """

    def __init__(self, output: Path, history: History, about: Mapping[str, Any]) -> None:
        self._time = history.time
        self.path = output / STATE / journal_name()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(self.path, flags, 0o666)
        except OSError as error:
            raise self._unwritable(error) from error
        self._write(header_of(about, history))

    def append(self, record: Record) -> Record:
        """Append a record, and return it with its time; it outlasts this process when this returns."""
        self._time = max(time.time(), self._time + TICK_S)
        record = replace(record, time=round(self._time, 6))
        self._write(record.line())
        return record

    def note(self, **about: Any) -> None:
        """Append a line about the run, such as how many recordings it has."""
        self._write(json.dumps({"run": about}, separators=(",", ":")).encode("ascii") + b"\n")

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def _write(self, data: bytes) -> None:
        left = memoryview(data)
        try:
            while left:
                left = left[os.write(self._descriptor, left) :]
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> OutputError:
        return OutputError(
            f"The journal {self.path} cannot be written ({error.strerror}): free disk space or choose another folder "
            "with --output; the same command goes on from there."
        )
