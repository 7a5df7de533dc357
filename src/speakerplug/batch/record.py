"""One line of a journal: what became of a recording, and all that tells whether that still holds."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any

from ..plugin.executor import WrittenFile

STARTED, DONE, FAILED, DIED, KILLED = "started", "done", "failed", "died", "killed"
STATES = (STARTED, DONE, FAILED, DIED, KILLED)
"""The states of a recording in a journal; `killed` means that it is set aside, as a worker died under it twice."""


@dataclass(frozen=True, slots=True)
class Record:
    """What became of a recording at a `time`, in seconds since 1970, which increases from record to record.

    `key` names it, `content` and `settings` identify what was done. Attempts count from 1, and grow when a worker died
    under the recording, `blames`. `again` is whether a failure had another reason, such as a full disk. `audio_s` and
    `work_s` are seconds of audio and of work, `outputs` the files, each with its size and SHA-256.
    """

    state: str
    key: str
    time: float
    path: str
    attempt: int = 1
    size: int = 0
    mtime_ns: int = 0
    content: str = ""
    sha256: str = ""
    settings: str = ""
    host: str = ""
    worker: str = ""
    outputs: tuple[WrittenFile, ...] = ()
    audio_s: float = 0.0
    work_s: float = 0.0
    error: str = ""
    message: str = ""
    blames: bool = True
    again: bool = False
    adopted: bool = False
    warnings: tuple[str, ...] = ()

    def line(self) -> bytes:
        """Return the line for a journal; what is as by default is left out."""
        own = {name: value for name, value in _values(self).items() if value != DEFAULTS.get(name, MISSING)}
        return json.dumps(own, separators=(",", ":")).encode("ascii") + b"\n"


def _values(record: Record) -> dict[str, Any]:
    outputs = [{"path": each.path, "size": each.size, "sha256": each.sha256} for each in record.outputs]
    own = {each.name: getattr(record, each.name) for each in fields(record)}
    return {**own, "outputs": outputs or (), "warnings": record.warnings and [*record.warnings]}


DEFAULTS = {each.name: each.default for each in fields(Record)}
NAMES = frozenset(DEFAULTS)
SHARED = frozenset(("state", "settings", "host", "worker"))
"""Values that many records have, which are kept once."""


def record_of(value: Mapping[str, Any]) -> Record | None:
    """Return the record that a line holds; None for any other line, such as one that a later version has added."""
    if value.get("state") not in STATES:
        return None
    try:
        own = {name: each for name, each in value.items() if name in NAMES}
        for name in SHARED & own.keys():
            own[name] = sys.intern(own[name])
        if "outputs" in own:
            own["outputs"] = tuple(WrittenFile(each["path"], each["size"], each["sha256"]) for each in own["outputs"])
        if "warnings" in own:
            own["warnings"] = tuple(own["warnings"])
        record = Record(**own)
        return record if isinstance(record.key, str) and isinstance(record.time, (int, float)) else None
    except (TypeError, KeyError):
        return None
