"""The driver of a run: it plans, gives tasks to an executor, and alone writes the journal."""

from __future__ import annotations

import logging
import math
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

from .. import errors
from ..errors import OutputError, SpeakerPlugError, keep_secret, masked
from ..plugin.executor import Died, Event, Executor, Failed, Finished, Progressed, Task, WorkerSettings
from ..plugin.manager import Plugins
from ..system.temporary import sweep
from .content import Source, relative, source_of
from .decide import MOST_DEATHS, Wish
from .durations import durations_of
from .found import Found, Problem, found_in, in_shard
from .journal import History, Journal, read_journals
from .lock import WHOLE, locked, shard_name
from .manifest import listed_in
from .plan import Planned, Planner, targets_of
from .record import DIED, DONE, FAILED, KILLED, STARTED, Record
from .settings import Settings
from .storage import is_remote
from .stored import StoredJournal, StoredSettings, read_stored
from .stored_lock import held
from .tally import Tally, Totals
from .task_queue import TaskQueue

log = logging.getLogger(__name__)

AGAIN = ("UsageError", "ModelError", "DeviceError", "OutputError")
"""Errors whose reason is not the recording: the next run tries again by itself."""
STOPS = ("ModelError", "DeviceError", "OutputError")
MOST_ALIKE = 3
"""Failures of one of these kinds, one after the other, that end a run: all others would fail alike."""
TIME_LIMIT = 30.0
MANY = 1000
"""Recordings whose lengths take seconds to read, so that it is said."""
SCAN_EVERY_S = 5.0
"""Seconds between two scans with --watch; a file that changed since is still being written."""


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """What to do: `inputs` are files and folders, `listed` is a list of others; results go to the folder `output`.

    Of a `shard` (number, count) only its share is done. A file may take `time_limit` seconds for each of its own. With
    `stored`, the URL of a folder in object storage, results go there, and `output` is the folder that stands for it.
    """

    inputs: tuple[str, ...]
    output: Path
    settings: Settings
    listed: str | None = None
    wish: Wish = field(default_factory=Wish)
    verify: bool = False
    shard: tuple[int, int] = WHOLE
    time_limit: float = TIME_LIMIT
    watch: bool = False
    stored: str | None = None


Scanned: TypeAlias = tuple[list[Found | Problem], list[Found], list[dict[str, Path]]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a recording; `is_earlier` is whether that was known before this run."""

    record: Record
    is_earlier: bool = False


class Driver:
    """Does what is asked for; `totals` says how far it is."""

    def __init__(self, request: BatchRequest, executor: Executor, plugins: Plugins) -> None:
        keep_secret(request.settings.options.token)
        self._request, self._executor, self._plugins = request, executor, plugins
        self._queue = TaskQueue(by_length=not request.watch)
        self._tally = Tally()
        self._latest: dict[str, Record] = {}
        self._counted: set[str] = set()
        self._planned: dict[str, Planned] = {}
        self._sources: dict[str, Source] = {}
        self._scanned: Scanned | None = None
        self._problems: dict[str, str] = {}
        self._redo_before = math.inf
        self._alike, self._reason = 0, ""
        self._host = socket.gethostname()

    @property
    def totals(self) -> Totals:
        """How far the run is now."""
        return self._tally.now()

    def run(self) -> Iterator[Outcome]:
        """Yield what becomes of each recording, `started` included.

        However it ends, workers are ended, and the same call goes on where this one was. Raises UsageError for what
        cannot be done, and where another run holds the folder; SpeakerPlugError where all others would fail alike.
        """
        request = self._request
        self._scanned = self._scan()  # before anything is made
        stored = nullcontext() if request.stored is None else held(request.stored, request.shard)
        with locked(request.output, request.shard), stored, closing(self._executor):
            history = read_journals(request.output) if request.stored is None else read_stored(request.stored)
            self._latest = dict(history.latest)
            self._redo_before = redone_since(history.runs, request.shard)
            about = {"host": self._host, "shard": shard_name(request.shard), "redo": request.wish.redo}
            with closing(self._new_journal(history, about)) as journal:
                self._journal = journal
                yield from self._plan()
                yield from self._work()
                journal.note(ended=True)
                while request.watch:
                    time.sleep(SCAN_EVERY_S)
                    yield from self._plan()
                    yield from self._work()

    def _new_journal(self, history: History, about: Mapping[str, Any]) -> Journal:
        request = self._request
        if request.stored is not None:
            return StoredJournal(request.stored, history, about)
        return Journal(request.output, history, about)

    def _worker_settings(self) -> WorkerSettings:
        """Return the settings for workers, who download and upload where anything is in object storage."""
        request = self._request
        if request.stored is None and not any(is_remote(each.found.path) for each in self._planned.values()):
            return request.settings
        return StoredSettings(request.settings, request.stored, str(request.output))

    def _plan(self) -> Iterator[Outcome]:
        """Find the recordings, and put those that are to do into the queue; yield what becomes of the others."""
        request = self._request
        (everything, found, targets), self._scanned = self._scanned or self._scan(), None
        self._problems = {each.where: each.message for each in everything if isinstance(each, Problem)}
        for each in everything:
            if isinstance(each, Problem) and each.where not in self._counted:
                self._counted.add(each.where)
                self._tally.leave("failed")
                yield Outcome(
                    Record(FAILED, each.where, time.time(), each.where, error="Problem", message=each.message)
                )
        mine = {each.key for each in in_shard(found, request.shard)}
        chosen = [(each, files) for each, files in zip(found, targets, strict=True) if each.key in mine]
        planner = Planner(
            request.output,
            request.settings,
            request.wish,
            request.verify,
            request.stored,
            redo_before=self._redo_before,
        )
        todo = list[Planned]()
        for planned in planner.planned([each for each, _ in chosen], [files for _, files in chosen], self._latest):
            if planned.decision.is_todo and (adopted := planner.adopted(planned)) is not None:
                record = self._keep(adopted)
                yield from self._left(planned, record, "skipped")
            elif not planned.decision.is_todo and planned.latest is not None:
                state = planned.decision.state
                yield from self._left(planned, planned.latest, "skipped" if state == DONE else "set_aside")
            elif not request.watch or _is_settled(planned.found.path):
                todo.append(planned)
        self._enqueue(todo)
        self._request = replace(request, wish=replace(request.wish, redo=False, retry_failed=False))

    def _scan(self) -> Scanned:
        """Return all that is found, the recordings among it, and the targets of each."""
        request = self._request
        lines = [] if request.listed is None else listed_in(request.listed, request.settings.options)
        everything = found_in(request.inputs, request.output, lines, may_be_empty=request.watch)
        found = [each for each in everything if isinstance(each, Found)]
        return everything, found, targets_of(found, request.output, request.settings, self._plugins)

    def _left(self, planned: Planned, record: Record, what: str) -> Iterator[Outcome]:
        if planned.found.key not in self._counted:
            self._counted.add(planned.found.key)
            self._tally.leave(what)
            yield Outcome(record, is_earlier=True)

    def _enqueue(self, todo: list[Planned]) -> None:
        unknown = [each.found.path for each in todo if each.found.seconds is None]
        if len(unknown) >= MANY:
            log.info("Reading the lengths of %d recordings", len(unknown))
        seconds = durations_of(unknown) if unknown else {}
        audio_s = 0.0
        for planned in todo:
            found = planned.found
            known = found.seconds if found.seconds is not None else seconds.get(found.path)
            task = planned.task(known, self._request.time_limit, self._request.settings.options.artifacts)
            self._planned[found.key] = planned
            self._counted.add(found.key)
            self._tally.expect(task.seconds or 0.0)
            audio_s += task.seconds or 0.0
            self._queue.add([task], late=planned.decision.is_late)
        counted = self._tally.now()
        problems = {where: masked(message) for where, message in self._problems.items()}
        about = {"files": counted.files - len(problems), "skipped": counted.skipped, "problems": problems}
        self._journal.note(**about, audio_s=round(audio_s, 3))

    def _work(self) -> Iterator[Outcome]:
        """Do what is in the queue; yield what becomes of each."""
        started = list[Record]()

        def start(task: Task, worker: str) -> None:
            """Say in the journal that the work begins."""
            self._sources[task.key] = source_of(task.path, verify=self._request.verify)
            self._tally.start(task)
            started.append(self._keep(self._record(STARTED, task, worker=worker)))

        for event in self._executor.run(self._queue.take, self._worker_settings(), start):
            yield from map(Outcome, started)
            started.clear()
            record = self._settled(event)
            if record is not None:
                yield Outcome(record)
                self._stop_if_alike(record)

    def _settled(self, event: Event) -> Record | None:
        """Return the record of what became of a task; None for progress."""
        task = event.task
        if isinstance(event, Progressed):
            self._tally.reach(task, event.share)
            return None
        if isinstance(event, Finished):
            self._tally.finish(task, "done", event.audio_s, event.work_s)
            outputs = tuple(relative(each, self._request.output) for each in event.outputs)
            record = self._record(DONE, task, outputs=outputs, audio_s=event.audio_s, work_s=event.work_s)
            return self._keep(replace(record, warnings=event.warnings))
        if isinstance(event, Failed):
            self._tally.finish(task, "failed", 0.0, event.work_s)
            record = self._record(FAILED, task, work_s=event.work_s, error=event.error, message=event.message)
            return self._keep(replace(record, warnings=event.warnings, again=event.error in AGAIN))
        return self._dead(event)

    def _dead(self, event: Died) -> Record:
        """Return the record of a task whose worker died: it is tried again, last of all, unless it did so before."""
        task = event.task
        for folder in {Path(path).parent for path in task.outputs.values()}:
            sweep(folder)  # what the worker has not finished
        if event.blames and task.attempt >= MOST_DEATHS:
            self._tally.finish(task, "failed", 0.0, 0.0)
            message = (
                f"{task.path} ended its worker {task.attempt} times ({event.reason}), so it is set aside: check that "
                "it plays, convert it to WAV, and add --retry-failed."
            )
            return self._keep(self._record(KILLED, task, error="Died", message=message))
        self._tally.stop(task)
        self._queue.add([replace(task, attempt=task.attempt + event.blames)], late=True)
        return self._keep(self._record(DIED, task, error="Died", message=event.reason, blames=event.blames))

    def _stop_if_alike(self, record: Record) -> None:
        """Raise the error of a recording if it is not the first that fails for a reason that all have."""
        if record.state == STARTED:
            return
        reason = self._shared_reason(record)
        self._alike = self._alike + 1 if reason and reason == self._reason else int(bool(reason))
        self._reason = reason
        if self._alike >= MOST_ALIKE:
            kind: type[SpeakerPlugError] = getattr(errors, record.error, OutputError)
            raise kind(f"{record.message} {MOST_ALIKE} files failed alike, so the others were not tried.")

    def _shared_reason(self, record: Record) -> str:
        """Return why a recording failed if others may fail for that, too: what a UsageError says of common options."""
        if record.error in STOPS:
            return "the machine"
        is_common = record.error == "UsageError" and not self._planned[record.key].found.options
        return record.message if is_common else ""

    def _record(self, state: str, task: Task, **about: object) -> Record:
        source, planned = self._sources[task.key], self._planned[task.key]
        record = Record(state, task.key, 0.0, task.path, attempt=task.attempt, settings=planned.settings)
        record = replace(record, size=source.size, mtime_ns=source.mtime_ns, content=source.content)
        return replace(record, sha256=source.sha256, host=self._host, **about)  # type: ignore[arg-type]

    def _keep(self, record: Record) -> Record:
        """Append a record to the journal, without secrets in what it says."""
        warnings = tuple(map(masked, record.warnings))
        record = self._journal.append(replace(record, message=masked(record.message), warnings=warnings))
        self._latest[record.key] = record
        return record


def redone_since(runs: Sequence[Mapping[str, Any]], shard: tuple[int, int]) -> float:
    """Return when a run with --redo began that was interrupted, and is to go on; infinity if there is none."""
    since = math.inf
    for run in reversed([run for run in runs if run.get("shard") == shard_name(shard)]):
        if not run.get("redo") or run.get("ended"):
            break
        since = float(run["begun"])
    return since


def _is_settled(path: str) -> bool:
    """Return whether nobody writes to a file any more, as far as its time tells."""
    try:
        return time.time() - Path(path).stat().st_mtime >= SCAN_EVERY_S
    except OSError:
        return True
