"""A folder of results in object storage: its place on this machine, its journal, and workers that upload."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import OutputError, SpeakerPlugError
from ..plugin.executor import Failed, Finished, Task, Worker, WorkerSettings, WrittenFile
from ..system.fingerprint import digest_of
from ..system.temporary import temporary_folder
from ..system.threads import started
from . import storage
from .found import STATE
from .journal import PREFIX, SUFFIX, History, Journal, header_of, journal_name, union
from .record import DONE, STARTED, Record
from .storage import is_remote, joined

FLUSH_S = 5.0
"""Seconds within which records that tell of no trouble are uploaded, together."""
_OBJECT = re.compile(rf"{re.escape(PREFIX)}(?P<run>.+)-(?P<number>\d{{6}}){re.escape(SUFFIX)}")


def folder_of(url: str) -> Path:
    """Return the folder on this machine that stands for one in storage, with the lock and checkpoints, not results."""
    from platformdirs import user_cache_path

    storage.check(url)
    name = digest_of(url.rstrip("/"))[:16]
    return user_cache_path("speakerplug") / "batch" / name


def read_stored(url: str) -> History:
    """Return what the journals in a folder of storage say; raises MediaError where it cannot be read."""
    place = joined(url, STATE)
    names = sorted(name for name in storage.objects_under(place) if _OBJECT.fullmatch(name))
    contents = storage.read_all(place, names)
    whole: dict[str, bytes] = {}
    for name in names:
        match = _OBJECT.fullmatch(name)
        assert match is not None
        whole[match["run"]] = whole.get(match["run"], b"") + contents[name]
    return union(whole.items())


class StoredJournal(Journal):
    """The journal of a run, as one small object for a batch of records: objects cannot be appended to.

    What failed or died is uploaded at once, the rest within `FLUSH_S`: a driver that is killed forgets no more.
    """

    def __init__(self, url: str, history: History, about: Mapping[str, Any]) -> None:
        self._time = history.time
        self._place = joined(url, STATE)
        self._name = journal_name().removesuffix(SUFFIX)
        self._lock = threading.Lock()
        self._waiting, self._number = b"", 0
        self._timer: threading.Timer | None = None
        self._error: OutputError | None = None
        self._write(header_of(about, history))
        self.flush()

    def append(self, record: Record) -> Record:
        """Append a record, and return it with its time."""
        record = super().append(record)
        if record.state not in (STARTED, DONE):
            self.flush()
        return record

    def flush(self) -> None:
        """Upload what waits; raises OutputError if that fails."""
        with self._lock:
            self._timer, timer = None, self._timer
            if timer is not None:
                timer.cancel()
            if not self._waiting:
                return
            storage.write(joined(self._place, f"{self._name}-{self._number:06}{SUFFIX}"), self._waiting)
            self._waiting, self._number = b"", self._number + 1

    def close(self) -> None:
        """Upload the rest."""
        self.flush()

    def _write(self, data: bytes) -> None:
        if self._error is not None:
            raise self._error
        with self._lock:
            self._waiting += data
            if self._timer is None:
                self._timer = threading.Timer(FLUSH_S, self._flush_later)
                self._timer.daemon = True
                self._timer.start()

    def _flush_later(self) -> None:
        try:
            self.flush()
        except OutputError as error:  # raised with the next record
            self._error = error


@dataclass(frozen=True, slots=True)
class StoredSettings:
    """Settings of workers that download recordings and upload results: to `url`, which `folder` stands for."""

    inner: WorkerSettings
    url: str | None = None
    folder: str = ""

    def open(self) -> Worker:
        """Return the worker of this process."""
        return StoredWorker(self.inner.open(), self.url, self.folder)

    def with_options(self, **changes: Any) -> StoredSettings:
        """Return settings with other options of the transcription."""
        return replace(self, inner=self.inner.with_options(**changes))


class StoredWorker:
    """Downloads a recording into a temporary folder, lets another worker do it there, and uploads what that wrote."""

    def __init__(self, inner: Worker, url: str | None, folder: str) -> None:
        self._inner, self._url, self._folder = inner, url, folder
        self._ahead: _Ahead | None = None

    def work(self, task: Task, progress: Callable[[float], None] | None = None) -> Finished | Failed:
        """Do a task; what storage refuses is a Failed."""
        ahead, self._ahead = self._ahead, None
        try:
            with temporary_folder() as results, _recording(task, ahead) as path:
                outputs = {name: self._local(target, results / name) for name, target in task.outputs.items()}
                outcome = self._inner.work(replace(task, path=path, outputs=outputs), progress)
                if isinstance(outcome, Failed):
                    return replace(outcome, task=task, message=outcome.message.replace(path, task.path))
                files = tuple(self._uploaded(each, task, results) for each in outcome.outputs)
                return replace(outcome, task=task, outputs=files)
        except SpeakerPlugError as error:
            return Failed(task, type(error).__name__, str(error))

    def prefetch(self, task: Task) -> None:
        """Begin to download the recording of the next task, then to decode it."""
        if not is_remote(task.path):
            self._inner.prefetch(task)
            return
        self._forget()
        self._ahead = _Ahead(task.path, lambda path: self._inner.prefetch(replace(task, path=path)))

    def close(self) -> None:
        """Unload the models."""
        self._forget()
        self._inner.close()

    def _forget(self) -> None:
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            ahead.close()

    def _local(self, target: str, folder: Path) -> str:
        """Return where a result is written at first: in a folder of its own, under its own name."""
        if self._url is None:
            return target
        folder.mkdir()
        return str(folder / Path(target).name)

    def _uploaded(self, written: WrittenFile, task: Task, results: Path) -> WrittenFile:
        """Upload a result, and return it under the path that stands for it."""
        if self._url is None:
            return written
        local = Path(written.path)
        place = Path(task.outputs[local.relative_to(results).parts[0]]).parent / local.name
        storage.upload(local, joined(self._url, place.relative_to(self._folder).as_posix()))
        return replace(written, path=str(place))


class _Ahead:
    """A recording that is downloaded ahead of its turn, in a thread, into a temporary folder."""

    def __init__(self, url: str, then: Callable[[str], None]) -> None:
        self.url = url
        self._context = temporary_folder()
        folder = self._context.__enter__()

        def fetch() -> str:
            """Download it, and let it be decoded."""
            path = _fetched(url, folder)
            then(path)
            return path

        self._fetching: Future[str] = started(fetch, "download")

    def path(self) -> str | None:
        """Return its path, when it is there; None if it cannot be downloaded: then it fails again."""
        with suppress(Exception):
            return self._fetching.result()
        return None

    def close(self) -> None:
        """Remove it."""
        self.path()
        self._context.__exit__(None, None, None)


@contextmanager
def _recording(task: Task, ahead: _Ahead | None) -> Iterator[str]:
    """Yield the path of a recording on this machine, and remove it afterwards if it was downloaded."""
    try:
        if not is_remote(task.path):
            yield task.path
        elif ahead is not None and ahead.url == task.path and (path := ahead.path()) is not None:
            yield path
        else:
            with temporary_folder() as folder:
                yield _fetched(task.path, folder)
    finally:
        if ahead is not None:
            ahead.close()


def _fetched(url: str, folder: Path) -> str:
    """Download an object into a folder, under its own name, and return the path."""
    path = folder / Path(url.rstrip("/")).name
    storage.download(url, path)
    return str(path)
