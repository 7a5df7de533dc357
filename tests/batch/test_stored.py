"""Recordings, results and the journal in object storage, here in fsspec's memory; S3 is in tests/hosts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import fsspec
import pytest

from speakerplug import Transcript, Word, transcribe_many
from speakerplug.batch import stored
from speakerplug.batch.decide import Wish
from speakerplug.batch.journal import History
from speakerplug.batch.record import DONE, FAILED, STARTED, Record
from speakerplug.batch.storage import is_remote
from speakerplug.batch.stored import StoredJournal, StoredSettings, folder_of, read_stored
from speakerplug.errors import UsageError
from speakerplug.formats.json import write
from speakerplug.plugin import Event, Failed, Finished, Task
from tests.batch.scripted import ScriptedExecutor, outcomes, request_for, run
from tests.standins.stub_worker import FAILS, StubSettings, StubWorker

INPUT, OUTPUT = "memory://bucket/talks", "memory://bucket/results"


@pytest.fixture(autouse=True)
def bucket(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """Return an empty storage."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(stored, "folder_of", lambda url: tmp_path / "cache")
    system = fsspec.filesystem("memory")
    system.rm("/", recursive=True) if system.exists("/") else None
    yield system
    system.store.clear()


class InProcess(ScriptedExecutor):
    """Runs the stub worker of the settings in this process, wrapped as the driver wrapped them."""

    def __init__(self, before: Callable[[Task], None] = lambda task: None) -> None:
        super().__init__()
        self.before = before

    def run(self, take: Any, settings: Any, started: Any) -> Iterator[Event]:
        """Yield what becomes of each task."""
        worker = replace(settings, inner=StubSettings()).open()
        while (task := take()) is not None:
            started(task, "worker 1")
            self.before(task)
            self.done.append(task)
            yield worker.work(task)
        worker.close()


def request(tmp_path: Path, **about: Any) -> Any:
    """Return the request to transcribe from storage to storage."""
    made = request_for(tmp_path, tmp_path / "cache", **about)
    return replace(made, inputs=(INPUT,), stored=OUTPUT)


@pytest.mark.parametrize(
    ("path", "expected"),
    [("s3://b/x", True), ("gs://b", True), ("memory://x", True), ("https://x/y", False), ("file:///x", False),
     ("talk.wav", False), ("C:\\x", False), ("/s3://x", False)],
)  # fmt: skip
def test_is_remote_of_a_path_tells_storage_from_files_and_downloads(path: str, expected: bool) -> None:
    """A URL for a download is none of these."""
    assert is_remote(path) is expected


def test_batch_in_storage_mirrors_the_tree_and_goes_on(bucket: Any, tmp_path: Path) -> None:
    """Results and journal are in storage, nothing is done twice, what has changed is, and no file is left here."""
    for name in ("a.wav", "sub/b.mp3", "notes.txt", ".hidden/c.wav"):
        bucket.pipe_file(f"/bucket/talks/{name}", name.encode())
    assert run(request(tmp_path), InProcess()) == {"a.wav": DONE, "sub/b.mp3": DONE}
    assert bucket.cat_file("/bucket/results/sub/b.vtt").endswith(b"b.mp3")
    assert run(request(tmp_path), InProcess()) == {"a.wav": f"({DONE})", "sub/b.mp3": f"({DONE})"}
    bucket.pipe_file("/bucket/talks/a.wav", b"changed")
    bucket.rm("/bucket/results/sub/b.vtt")
    assert run(request(tmp_path), InProcess()) == {"a.wav": DONE, "sub/b.mp3": DONE}
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.suffix in (".vtt", ".jsonl")]


def test_batch_in_storage_with_skip_existing_takes_objects_for_done(bucket: Any, tmp_path: Path) -> None:
    """Those that another program has written, by their names, also on the next run; the rest is done."""
    for name in ("talks/a.wav", "talks/sub/b.mp3", "results/sub/b.vtt"):
        bucket.pipe_file(f"/bucket/{name}", name.encode())
    asked = request(tmp_path, wish=Wish(skip_existing=True))
    assert run(asked, InProcess()) == {"a.wav": DONE, "sub/b.mp3": f"({DONE})"}
    assert bucket.cat_file("/bucket/results/sub/b.vtt") == b"results/sub/b.vtt"
    assert run(request(tmp_path), InProcess()) == {"a.wav": f"({DONE})", "sub/b.mp3": f"({DONE})"}


def test_transcribe_many_in_storage_has_urls_and_loads_from_there(
    bucket: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Recordings and results are named by their URLs, and the same call goes on."""
    monkeypatch.setattr("speakerplug.batch.transcribe_many.folder_of", lambda url: tmp_path / "cache")
    bucket.pipe_file("/bucket/talks/sub/a.wav", b"a")
    for is_earlier in (False, True):
        [result] = transcribe_many(INPUT, output=OUTPUT, executor=InProcess(), formats=["json"])
        assert (result.source, result.is_earlier) == (f"{INPUT}/sub/a.wav", is_earlier)
        assert (result.outputs, result.urls) == ({}, {"json": f"{OUTPUT}/sub/a.json"})
    bucket.pipe_file("/bucket/results/sub/a.json", write(Transcript((Word("Hi", 0.0, 1.0),))).encode())
    assert result.load().text == "Hi"


def test_batch_in_storage_of_a_recording_that_fails_names_its_url(bucket: Any, tmp_path: Path) -> None:
    """A message about a temporary file would help nobody."""
    bucket.pipe_file("/bucket/talks/a.wav", b"a")
    executor = InProcess(lambda task: bucket.rm("/bucket/talks/a.wav"))
    [failed] = [each.record for each in outcomes(request(tmp_path), executor) if each.record.state == FAILED]
    assert failed.error == "MediaError"
    assert failed.message.startswith(f"{INPUT}/a.wav cannot be read")


def test_worker_whose_recording_fails_says_the_url(bucket: Any, tmp_path: Path) -> None:
    """What the inner worker says about its temporary copy is said about the object."""
    bucket.pipe_file("/bucket/talks/a.wav", b"a")
    worker = StoredSettings(StubSettings(), OUTPUT, str(tmp_path)).open()
    failed = worker.work(Task("a", f"{INPUT}/a.wav", {"vtt": str(tmp_path / "a.vtt")}, options={FAILS: True}))
    assert isinstance(failed, Failed)
    assert failed.message == f"{INPUT}/a.wav is damaged; check it."
    assert failed.task.path == f"{INPUT}/a.wav"


def test_worker_prefetches_an_object_once(bucket: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next recording is downloaded while this one is worked on, given to the inner worker, and then removed."""
    bucket.pipe_file("/bucket/talks/a.wav", b"a")
    seen: list[str] = []
    monkeypatch.setattr(StubWorker, "prefetch", lambda self, task: seen.append(task.path))
    downloads: list[str] = []
    download = stored.storage.download
    monkeypatch.setattr(stored.storage, "download", lambda url, path: (downloads.append(url), download(url, path)))
    worker = StoredSettings(StubSettings(), OUTPUT, str(tmp_path)).open()
    task = Task("a", f"{INPUT}/a.wav", {"vtt": str(tmp_path / "sub" / "a.vtt")})
    worker.prefetch(task)
    done = worker.work(task)
    assert isinstance(done, Finished)
    assert [each.path for each in done.outputs] == [str(tmp_path / "sub" / "a.vtt")]
    assert bucket.cat_file("/bucket/results/sub/a.vtt").decode() == seen[0]
    assert downloads == [task.path]
    assert not Path(seen[0]).exists()


def test_stored_journal_uploads_batches_and_trouble_at_once(bucket: Any) -> None:
    """What is done waits for others, for seconds at most; a failure does not; the union has all, in one run."""
    journal = StoredJournal(OUTPUT, History(), {"host": "h"})

    def objects() -> int:
        return len(bucket.find("/bucket/results/.speakerplug"))

    for number in range(5):
        journal.append(Record(STARTED, f"{number}", 0.0, "x"))
        journal.append(Record(DONE, f"{number}", 0.0, "x"))
    assert objects() == 1
    journal.append(Record(FAILED, "bad", 0.0, "x", error="E", message="m"))
    assert objects() == 2
    journal.append(Record(STARTED, "last", 0.0, "x"))
    journal.close()
    assert objects() == 3
    history = read_stored(OUTPUT)
    assert {key: record.state for key, record in history.latest.items()} == {
        **dict.fromkeys("01234", DONE), "bad": FAILED, "last": STARTED,
    }  # fmt: skip
    assert [run["host"] for run in history.runs] == ["h"]
    assert all(json.loads(line) for data in bucket.cat("/bucket/results/.speakerplug/*").values()
               for line in data.splitlines())  # fmt: skip


def test_stored_journal_uploads_what_waits_in_time(bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A driver that is killed forgets seconds, not all since the last failure."""
    monkeypatch.setattr(stored, "FLUSH_S", 0.01)
    journal = StoredJournal(OUTPUT, History(), {})
    journal.append(Record(DONE, "a", 0.0, "x"))
    timer = journal._timer
    if timer is not None:
        timer.join(5.0)
    assert read_stored(OUTPUT).latest["a"].state == DONE
    journal.close()


@pytest.mark.parametrize("url", ["s3://key:secret@bucket/x", "s3://key@bucket"])
def test_folder_of_a_url_with_a_password_refuses_it(url: str) -> None:
    """Journals and messages repeat URLs."""
    with pytest.raises(UsageError, match="A URL with a password") as caught:
        folder_of(url)
    assert "secret" not in str(caught.value)


def test_folder_of_a_storage_without_its_driver_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """fsspec brings no drivers for clouds."""

    def missing(url: str) -> None:
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr("fsspec.core.url_to_fs", missing)
    with pytest.raises(UsageError, match=r"s3:// needs a driver .* pip install 'speakerplug\[cloud"):
        folder_of("s3://bucket")


def test_retry_in_storage_tries_a_failure_again(bucket: Any, tmp_path: Path) -> None:
    """The journal in storage decides, as one in a folder does."""
    bucket.pipe_file("/bucket/talks/a.wav", b"a")
    run(request(tmp_path), InProcess(lambda task: bucket.rm("/bucket/talks/a.wav")))
    bucket.pipe_file("/bucket/talks/a.wav", b"a")
    assert run(request(tmp_path, wish=Wish(retry_failed=True)), InProcess()) == {"a.wav": DONE}
