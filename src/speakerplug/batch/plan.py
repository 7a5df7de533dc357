"""Which recordings of a run are to do, as which tasks, and in which state the others stay."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import UsageError
from ..formats.save import writable
from ..formats.targets import Targets, existing, places_of
from ..plugin.executor import Task, WrittenFile
from ..plugin.manager import Plugins
from .content import are_there, name_in, relative, source_of, written_file
from .decide import Decision, Present, Wish, decide
from .durations import estimated
from .found import Found
from .record import DONE, Record
from .settings import Settings, settings_key
from .stems import stems_of
from .storage import objects_under

BASE_S = 600.0
"""Seconds that every file may take, the loading of models included."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A recording, the files to write for it, the key of its settings, and what to do with it."""

    found: Found
    targets: Mapping[str, Path]
    settings: str
    decision: Decision
    latest: Record | None = None

    def task(self, seconds: float | None, time_limit: float, artifacts: str | None = None) -> Task:
        """Return the task, for so many seconds of audio; it may take `time_limit` as long, and ten minutes more.

        Its artifacts go to a folder of its own in `artifacts`, None for none: their names are those of recordings.
        """
        own = {} if artifacts is None else {"artifacts": os.path.join(artifacts, self.found.key)}
        whole = estimated(self.found.path) if seconds is None else seconds
        return Task(
            self.found.key,
            self.found.path,
            {name: str(path) for name, path in self.targets.items()},
            seconds=whole,
            options={**self.found.options, **own},
            attempt=self.decision.attempt,
            timeout_s=BASE_S + time_limit * whole * (1.0 if seconds is not None else 10.0),
        )


def targets_of(found: Sequence[Found], output: Path, settings: Settings, plugins: Plugins) -> list[dict[str, Path]]:
    """Return the file of each format, for each recording; the tree of the recordings is mirrored.

    Raises UsageError if one would be written over a recording.
    """
    formats = writable(plugins)
    suffixes = settings.output.suffixes(formats)
    stems = stems_of(found)
    wanted = settings.output.wanted
    planned = [{name: output / f"{stem}{suffixes[name] or '.' + name}" for name in wanted} for stem in stems]
    sources = {os.path.abspath(each.path) for each in found}
    for path in (path for targets in planned for path in targets.values()):
        if os.path.abspath(path) in sources:
            raise UsageError(f"{path} would be written over a recording; choose another --output.")
    return planned


class Planner:
    """Plans the recordings of a run; what their settings have in common is computed once.

    What is done again by wish is what was recorded before the time `redo_before`.
    """

    def __init__(
        self,
        output: Path,
        settings: Settings,
        wish: Wish,
        verify: bool = False,
        stored: str | None = None,
        *,
        redo_before: float = math.inf,
    ) -> None:
        self._output, self._settings, self._wish, self._verify = output, settings, wish, verify
        self._objects = None if stored is None else objects_under(stored)
        self._redo_before = redo_before
        self._key = settings_key(settings)

    def planned(
        self, found: Sequence[Found], targets: Sequence[Mapping[str, Path]], latest: Mapping[str, Record]
    ) -> Iterator[Planned]:
        """Yield what to do with each recording, from the latest record of each key."""
        for each, files in zip(found, targets, strict=True):
            record = latest.get(each.key)
            settings = settings_key(self._settings, each.options) if each.options else self._key
            content = "" if record is None else source_of(each.path, record, self._verify).content
            now = Present(content, settings, self._is_there)
            redo = self._wish.redo and record is not None and record.time < self._redo_before
            yield Planned(each, files, settings, decide(record, now, replace(self._wish, redo=redo)), record)

    def adopted(self, planned: Planned) -> Record | None:
        """Return the record of a recording whose results are there already, if that is to count as done."""
        if not self._wish.skip_existing or self._wish.redo:
            return None
        outputs = self._existing(planned.targets)
        if outputs is None:
            return None
        source = source_of(planned.found.path, verify=self._verify)
        return Record(
            DONE,
            planned.found.key,
            0.0,
            planned.found.path,
            size=source.size,
            mtime_ns=source.mtime_ns,
            content=source.content,
            sha256=source.sha256,
            settings=planned.settings,
            outputs=outputs,
            adopted=True,
        )

    def _existing(self, targets: Targets) -> tuple[WrittenFile, ...] | None:
        """Return the files of all targets, without the hash of an object; None if one is missing."""
        if self._objects is None:
            there = existing(targets)
            return (
                tuple(relative(written_file(path), self._output) for path in there)
                if len(there) == len(targets)
                else None
            )
        found = list[WrittenFile]()
        for name, path in targets.items():
            places = [] if path is None else [name_in(self._output, str(each)) for each in places_of(name, path)]
            found += [WrittenFile(each, self._objects[each], "") for each in places if each in self._objects][:1]
        return tuple(found) if len(found) == len(targets) else None

    def _is_there(self, record: Record) -> bool:
        if self._objects is not None:
            return all(self._objects.get(each.path) == each.size for each in record.outputs)
        return are_there(record.outputs, self._output, self._verify)
