"""The command with results in object storage, here in fsspec's memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import fsspec
import pytest

from speakerplug.batch.journal import History
from speakerplug.batch.record import DONE, FAILED, Record
from speakerplug.batch.stored import StoredJournal
from tests.cli.conftest import Run

URL = "memory://cli/results"


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Keep the folder that stands for the storage below tmp_path, and empty the storage."""
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: tmp_path / name)
    yield
    fsspec.filesystem("memory").store.clear()


def test_batch_status_of_object_storage_reads_its_journals(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Totals and failures as for a folder, as text, as JSON and as a page."""
    journal = StoredJournal(URL, History(), {"host": "h"})
    journal.append(Record(DONE, "a.wav", 0.0, "memory://cli/a.wav", audio_s=3600.0, work_s=60.0))
    journal.append(Record(FAILED, "b.wav", 0.0, "memory://cli/b.wav", error="MediaError", message="It is empty."))
    journal.close()
    assert run("batch", "--status", URL, "--report", tmp_path / "page.html") == 0
    printed = capsys.readouterr().out
    assert "1 done" in printed
    assert "memory://cli/b.wav (MediaError): It is empty." in printed
    assert "It is empty." in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert run("batch", "--status", URL, "--json") == 0
    assert json.loads(capsys.readouterr().out)["failed"] == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--status", URL), f"{URL} has no journal"),
        (("talk.wav", "--output", "s3://key:secret@bucket/out"), "A URL with a password"),
    ],
)
def test_batch_in_object_storage_says_what_cannot_be(
    run: Run, arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence, exit code 2, and no secret."""
    assert run("batch", *arguments) == 2
    printed = capsys.readouterr().err
    assert said in printed
    assert "secret" not in printed


def test_batch_of_a_folder_in_object_storage_without_recordings_says_so(run: Run) -> None:
    """As for a folder of this machine; the sign of life is gone again."""
    system = fsspec.filesystem("memory")
    system.pipe_file("/cli/talks/notes.txt", b"")
    assert run("batch", "memory://cli/talks", "--output", URL) == 2
    assert not [path for path in system.find("/cli/results") if "run-" in path]
