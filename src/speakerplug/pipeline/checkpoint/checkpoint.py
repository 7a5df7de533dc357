"""Open the checkpoint of a recording, decide which stages go on from it, and delete it when all is done."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, NamedTuple

from filelock import FileLock, Timeout

from ...errors import UsageError, insist
from ...plugin.roles import StageCheckpoint
from ...system.arguments import path_of
from .file import RECORD, WORK, CheckpointFile, Line, line_of
from .work import COMMON, Work

log = logging.getLogger(__name__)

SUFFIX = ".speakerplug-checkpoint"
CHECKPOINT_AFTER_S = 900.0
"""Shorter recordings have no checkpoint: to do all again takes minutes at most."""
KEPT_S = 7 * 86_400.0
"""A checkpoint to which nothing was added for this long is ignored."""


class Checkpoint:
    """The progress of a transcription, in a file from one run to the next of the same work.

    Give it to `Transcriber.transcribe`, and save the results within its `with` block: at the end of the block the file
    is deleted, unless the block raises. Only recordings longer than `after_s` seconds have one, and only one run at a
    time: another one warns, and does without.
    """

    def __init__(self, path: str | os.PathLike[str], after_s: float = CHECKPOINT_AFTER_S) -> None:
        insist("after_s", after_s, (int, float), "a number of seconds")
        self.path, self.after_s = path_of(path, "checkpoint"), after_s
        self._file: CheckpointFile | None = None
        self._lock = FileLock(f"{self.path}.lock", blocking=False, thread_local=False)

    @property
    def has_progress(self) -> bool:
        """Whether the file has something to go on from."""
        return self._file is not None and self._file.has_progress

    def open(self, works: Mapping[str, Work]) -> Mapping[str, StageCheckpoint]:
        """Return the checkpoint of each stage that `works` identifies; none, with a warning, if there can be no file.

        A stage whose work has changed begins anew, which is logged. Raises UsageError for a file of another kind, and
        for a second recording.
        """
        if self._file is not None:
            raise UsageError("A Checkpoint is for one recording; make another one for the next.")
        file = self._opened()
        if file is None:
            return {}
        kept = _kept(file, works)
        for stage, work in works.items():
            if stage not in kept:
                file.append(line_of(WORK, stage, work))
        if any(kept[stage].records for stage in works if stage in kept):
            log.info("Going on from %s.", self.path)
        return {stage: _InFile(file, stage, kept[stage].records if stage in kept else []) for stage in works}

    def _opened(self) -> CheckpointFile | None:
        """Return the file, locked for this run, or None; log why."""
        try:
            self._lock.acquire()
            self._file = CheckpointFile(self.path)
        except Timeout:
            log.warning("Another run is using %s, so this one saves no checkpoint.", self.path)
        except OSError as error:
            log.warning("%s cannot be written (%s), so no checkpoint is saved.", self.path, error.strerror or error)
        finally:
            if self._file is None:
                self._unlock()
        return self._file

    def _unlock(self) -> None:
        if self._lock.is_locked:
            with suppress(OSError):  # Windows removes no open file; there filelock does it
                os.unlink(self._lock.lock_file)
            self._lock.release()

    def __enter__(self) -> Checkpoint:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is None:
            return
        self._file.close()
        if kind is None or not self.has_progress:
            with suppress(OSError):
                self.path.unlink()
            self._file = None
        self._unlock()


class _Part(NamedTuple):
    """What the file has of one stage."""

    work: Work
    records: list[Line]


class _InFile:
    """The checkpoint of one stage: a StageCheckpoint."""

    def __init__(self, file: CheckpointFile, stage: str, records: list[Line]) -> None:
        self._file, self._stage, self._records = file, stage, records

    def saved(self) -> Sequence[Mapping[str, Any]]:
        """Return the records so far."""
        return [line.value() for line in self._records]

    def save(self, record: Mapping[str, Any]) -> None:
        """Append a record."""
        line = line_of(RECORD, self._stage, record)
        self._records.append(line)
        self._file.append(line)


def _kept(file: CheckpointFile, works: Mapping[str, Work]) -> dict[str, _Part]:
    """Return the parts to go on from, and log why others begin anew; if there are none, clear the file.

    A part of a stage that is not asked for this time stays, if the recording and the program are the same.
    """
    parts = _parts_of(file.lines)
    common = {name: work[name] for work in works.values() for name in COMMON}
    changes = {stage: _changes(part.work, works.get(stage, common)) for stage, part in parts.items()}
    kept = {stage: part for stage, part in parts.items() if not changes[stage] and file.age_s <= KEPT_S}
    anew = [stage for stage in works if stage in parts and stage not in kept and parts[stage].records]
    if anew:
        changed = dict.fromkeys(name for stage in anew for name in changes[stage])
        reason = "is older than a week" if file.age_s > KEPT_S else f"is of another {' and '.join(changed)}"
        verb = "begins" if len(anew) == 1 else "begin"
        log.info("%s %s, so %s %s anew.", file.path, reason, " and ".join(anew), verb)
    if not kept:
        file.clear()
    return kept


def _parts_of(lines: Sequence[Line]) -> dict[str, _Part]:
    """Return the latest work of each stage, and its records."""
    parts: dict[str, _Part] = {}
    for line in lines:
        if line.kind == WORK:
            parts[line.stage] = _Part(line.value(), [])
        elif line.stage in parts:
            parts[line.stage].records.append(line)
    return parts


def _changes(before: Work, now: Work) -> list[str]:
    """Return the names of what is different now."""
    return [name for name, digest in now.items() if before.get(name) != digest]
