"""`speakerplug batch`: the command, its messages, events, status and report; workers are scripted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import speakerplug.batch.driver
from speakerplug.batch.driver import BatchRequest, Driver
from speakerplug.plugin import ExecutorRequest, hookimpl
from speakerplug.plugin.registrations import ExecutorRegistration
from tests.batch.scripted import ScriptedExecutor, written
from tests.cli.conftest import Run, events_in


class Scripted:
    """A plugin with an executor that needs no process; `requests` are what it was built from."""

    def __init__(self) -> None:
        self.requests: list[ExecutorRequest] = []

    @hookimpl
    def register_executors(self, register: Any) -> None:
        """Offer the executor."""
        register(ExecutorRegistration("scripted", self._make, description="For tests.", metavar="HOW"))

    def _make(self, request: ExecutorRequest) -> ScriptedExecutor:
        self.requests.append(request)
        return ScriptedExecutor()


@pytest.fixture
def scripted() -> Scripted:
    """Return the plugin."""
    return Scripted()


@pytest.fixture
def further(scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, object]:
    """Return the plugin for the command line; the lengths of recordings are unknown."""
    monkeypatch.setattr(speakerplug.batch.driver, "durations_of", lambda paths: {})
    return {"scripted": scripted}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with two recordings and one that is bad."""
    return written(tmp_path / "in", "a.wav", "b/c.mp3", "bad.wav")


STAGES = ("--recognizer", "fake", "--diarizer", "fake", "--scripted", "here")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[BatchRequest]:
    """Return a list of what drivers are asked for."""
    found: list[BatchRequest] = []
    init = Driver.__init__

    def keep(self: Driver, request: BatchRequest, *more: Any) -> None:
        """Keep the request."""
        found.append(request)
        init(self, request, *more)

    monkeypatch.setattr(Driver, "__init__", keep)
    return found


def test_batch_writes_results_and_says_what_failed(
    run: Run, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1, as one failed; the others are done, in the tree of the folder."""
    assert run("batch", folder, "-o", tmp_path / "out", "--vtt", "--json", *STAGES) == 1
    written_there = {path.relative_to(tmp_path).as_posix() for path in tmp_path.glob("out/**/[!.]*.[vj][ts]*")}
    assert {"out/a.json", "out/a.vtt", "out/b/c.json", "out/b/c.vtt"} <= written_there
    printed = capsys.readouterr()
    assert printed.out == ""
    assert f"Error: {folder / 'bad.wav'}: It is not readable: copy it again." in printed.err
    assert "2 done, 1 failed" in printed.err
    assert f"{folder / 'bad.wav'} (MediaError): It is not readable" in printed.err


def test_batch_again_does_nothing_and_fails_again(
    run: Run, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What failed is still so, until --retry-failed."""
    arguments = ("batch", folder, "-o", tmp_path / "out", *STAGES)
    assert run(*arguments) == 1
    capsys.readouterr()
    assert run(*arguments) == 1
    printed = capsys.readouterr().err
    assert "0 done, 2 done before, 1 failed" in printed
    assert "1 of them failed in an earlier run; --retry-failed tries them again" in printed
    (folder / "bad.wav").unlink()
    assert run(*arguments) == 0


def test_batch_takes_the_option_of_an_executor_from_its_variable(
    run: Run, folder: Path, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As every option."""
    (folder / "bad.wav").unlink()
    monkeypatch.setenv("SPEAKERPLUG_BATCH_SCRIPTED", "there")
    assert run("batch", folder, *STAGES[:4]) == 0
    assert [request.address for request in scripted.requests] == ["there"]


def test_batch_without_output_writes_into_the_one_folder(run: Run, folder: Path) -> None:
    """Subtitles lie beside the recordings then."""
    (folder / "bad.wav").unlink()
    assert run("batch", folder, *STAGES) == 0
    assert (folder / "b" / "c.vtt").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["{in}/a.wav"], "name a folder with --output"),
        ([], "Nothing is named"),
        (["{in}", "-o", "-"], "cannot be printed"),
        (["{in}", "-o", "{in}/a.wav"], "is a file; name a folder"),
        (["{in}", "--shard", "4/3"], "write it like 3/16"),
        (["{in}", "--shard", "x"], "write it like 3/16"),
        (["{in}", "--worker-memory", "much"], "is not an amount of memory"),
        (["{in}", "--format", "nonsense"], "no format named 'nonsense'"),
        (["{in}", "--recognizer", "nonsense"], "no recognizer named 'nonsense'"),
        (["{in}", "--no-diarize", "--num-speakers", "2"], "--num-speakers is for a diarizer"),
        (["{in}/b/empty"], "has no recordings"),
        (["{in}", "--report", "{in}"], "is a folder; name a file"),
        (["{in}", "--report", "{in}/none/r.html"], "of --report does not exist; create it first"),
        (["https://example.com/a.mp3", "-o", "{in}/out"], "is a URL"),
        (["--status", "{in}"], "has no journal"),
        (["--status", "{in}/none"], "There is no folder"),
    ],
)
def test_batch_with_invalid_arguments_exits_with_2_before_any_work(
    run: Run, folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """One sentence says what to do."""
    (folder / "b" / "empty").mkdir()
    typed = [each.replace("{in}", str(folder)) for each in arguments]
    stages = (
        [] if "--recognizer" in typed or "--no-diarize" in typed else ["--recognizer", "fake", "--diarizer", "fake"]
    )
    assert run("batch", *typed, *stages) == 2
    assert said in capsys.readouterr().err
    assert not list(folder.glob("**/*.vtt"))


def test_batch_passes_options_of_workers_to_the_executor(
    run: Run, folder: Path, tmp_path: Path, scripted: Scripted
) -> None:
    """The value of the executor's own option is its address."""
    limits = ("--workers", "3", "--recycle", "100", "--worker-memory", "8GB", "--gpus-per-worker", "0.5")
    run("batch", folder, "-o", tmp_path / "out", *STAGES, *limits, "--device", "cpu")
    assert scripted.requests == [ExecutorRequest("here", 3, 0.5, 100, 8 * 1024**3, is_cpu_only=True)]


def test_batch_passes_what_is_asked_for_to_the_driver(
    run: Run, folder: Path, tmp_path: Path, asked: list[BatchRequest]
) -> None:
    """Options of the transcription, of the output, and of what is done again."""
    out = tmp_path / "out"
    flags = (
        "--redo",
        "--verify",
        "--skip-existing",
        "--retry-failed",
        "--shard",
        "1/2",
        "--time-limit",
        "5",
        "--force",
    )
    run("batch", folder, "-o", out, *STAGES, *flags, "--language", "German", "--name", "SPEAKER_00=Ana", "--start", "1")
    (request,) = asked
    assert (request.shard, request.time_limit, request.verify, request.watch) == ((1, 2), 5.0, True, False)
    assert (request.wish.redo, request.wish.retry_failed, request.wish.skip_existing) == (True, True, True)
    assert (request.settings.options.language, request.settings.options.part.start) == ("de", 1.0)
    assert (request.settings.names, request.settings.force) == ({"SPEAKER_00": "Ana"}, True)
    assert request.settings.checkpoints == str(out / ".speakerplug" / "checkpoints")
    run("batch", folder, "-o", out, *STAGES, "--no-checkpoint")
    assert asked[-1].settings.checkpoints is None


def test_batch_takes_a_list_and_its_lines_say_what_is_wrong(
    run: Run, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The recordings of the other lines are done."""
    (folder / "list.jsonl").write_text('{"audio_filepath": "a.wav", "offset": 1, "duration": 2}\n{}\n')
    assert run("batch", "--list", folder / "list.jsonl", "-o", tmp_path / "out", *STAGES) == 1
    assert (tmp_path / "out" / "a_1-3.vtt").exists()
    assert "Line 2 of" in capsys.readouterr().err


def test_batch_with_progress_json_tells_everything_in_events(
    run: Run, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are of the published schema; the last one has each file."""
    assert run("batch", folder, "-o", tmp_path / "out", *STAGES, "--progress", "json") == 1
    events = events_in(capsys.readouterr().err)
    states = [(Path(each["file"]).name, each["state"]) for each in events if each["event"] == "recording"]
    assert sorted(states) == sorted(
        (name, state) for name, end in (("a.wav", "done"), ("c.mp3", "done"), ("bad.wav", "failed"))
        for state in ("started", end)
    )  # fmt: skip
    totals = [each for each in events if each["event"] == "batch"]
    assert (totals[-1]["files"], totals[-1]["done"], totals[-1]["failed"], totals[-1]["running"]) == (3, 2, 1, [])
    assert {each["path"] for each in events if each["event"] == "output"} == {
        str(tmp_path / "out" / name) for name in ("a.vtt", "b/c.vtt")
    }
    assert sorted(each["exit_code"] for each in events[-1]["files"]) == [0, 0, 1]


def test_batch_status_reads_the_journals_alone(
    run: Run, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """For people, for programs, and as a page."""
    run("batch", folder, "-o", tmp_path / "out", *STAGES)
    capsys.readouterr()
    assert run("batch", "--status", tmp_path / "out") == 0
    printed = capsys.readouterr().out
    assert "No run is at work." in printed
    assert "2 done" in printed
    assert "(MediaError): It is not readable: copy it again." in printed
    page = tmp_path / "page.html"
    assert run("batch", "--status", tmp_path / "out", "--json", "--report", page) == 0
    status = json.loads(capsys.readouterr().out)
    assert (status["schema"], status["files"], status["done"], status["failed"]) == (
        "speakerplug/batch-status",
        3,
        2,
        1,
    )
    assert "<svg" in page.read_text(encoding="utf-8")


def test_batch_with_report_writes_a_page_at_the_end(run: Run, folder: Path, tmp_path: Path) -> None:
    """Of all that the journals say."""
    run("batch", folder, "-o", tmp_path / "out", *STAGES, "--report", tmp_path / "r.html", "-q")
    assert "bad.wav" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_batch_with_report_in_the_folder_of_the_results_makes_both(run: Run, folder: Path, tmp_path: Path) -> None:
    """That folder need not be there before."""
    run("batch", folder, "-o", tmp_path / "new", *STAGES, "--report", tmp_path / "new" / "r.html", "-q")
    assert (tmp_path / "new" / "r.html").exists()


def test_batch_with_watch_takes_what_comes_later(
    run: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until it is interrupted; a file that is being written is left for the next scan."""
    import os

    for path in folder.rglob("*.*"):
        os.utime(path, (1, 1))
    scans = []

    def wait(seconds: float) -> None:
        """Add a recording, and one that is still being written; end at the third scan."""
        scans.append(seconds)
        if len(scans) == 3:
            raise KeyboardInterrupt
        for name in ("new.wav", "growing.wav"):
            written(folder, name)
        os.utime(folder / "new.wav", (1, 1))

    monkeypatch.setattr(speakerplug.batch.driver.time, "sleep", wait)
    assert run("batch", folder, "-o", tmp_path / "out", *STAGES, "--watch") == 130
    assert sorted(path.name for path in tmp_path.glob("out/*.vtt")) == ["a.vtt", "new.vtt"]


def test_batch_has_an_option_for_each_executor_of_a_plugin(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """With its help; ours needs none."""
    assert run("batch", "--help-all") == 0
    printed = capsys.readouterr().out
    assert "--scripted HOW" in printed
    assert "--local" not in printed
