"""`--progress json`: stderr has events alone, valid by the published schema, from the first line to the last."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from speakerplug.cli.events import Events, is_typed
from speakerplug.errors import keep_secret
from speakerplug.testing import FakeDiarizer, FakeRecognizer
from tests.cli.conftest import FAKES, Run, events_in, write_wav
from tests.media_files import Recording, Track, babble


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """Two seconds of audio."""
    return write_wav(tmp_path / "talk.wav", 2.0)


Captured = pytest.CaptureFixture[str]


def kinds(events: list[dict[str, Any]]) -> list[str]:
    """Return the kinds of events, without progress and repetitions."""
    found = [each["event"] for each in events if each["event"] != "progress"]
    return [kind for kind, before in zip(found, [None, *found], strict=False) if kind != before]


def test_events_of_a_transcription_name_stages_results_and_the_exit_code(
    run: Run, talk: Path, capsys: Captured
) -> None:
    """Every stage begins with 0 and ends with 1, the share grows, and each result is an event."""
    assert run("transcribe", talk, *FAKES, "--vtt", "--json", "--progress", "json") == 0
    events = events_in(capsys.readouterr().err)
    assert kinds(events) == ["start", "output", "end"]
    written = [each for each in events if each["event"] == "output"]
    assert [each["path"] for each in written] == [str(talk.with_suffix(end)) for end in (".vtt", ".json")]
    assert events[-1]["files"] == [{"file": str(talk), "exit_code": 0}]
    progress = [each for each in events if each["event"] == "progress"]
    assert {each["file"] for each in progress} == {str(talk)}
    assert {"decoding", "loading", "recognition", "diarization", "attribution"} == {each["stage"] for each in progress}
    for stage in ("recognition", "diarization"):
        steps = [(each["step"], each["step_share"]) for each in progress if each["stage"] == stage]
        assert (steps[0], steps[-1]) == ((None, 0.0), (None, 1.0))
    shares = [each["share"] for each in progress]
    assert shares == sorted(shares)
    assert progress[-1]["seconds_left"] is not None


@pytest.mark.parametrize(("command", "suffix"), [("transcribe", "vtt"), ("diarize", "rttm")])
def test_events_of_an_input_that_is_skipped_name_its_results(
    run: Run, talk: Path, capsys: Captured, command: str, suffix: str
) -> None:
    """So that a program finds what --skip-existing left as it was."""
    result = talk.with_suffix(f".{suffix}")
    result.touch()
    fakes = FAKES if command == "transcribe" else FAKES[2:]
    assert run(command, talk, *fakes, f"--{suffix}", "--skip-existing", "--progress", "json") == 0
    events = events_in(capsys.readouterr().err)
    assert kinds(events) == ["start", "log", "skipped", "end"]
    assert {"event": "skipped", "file": str(talk), "paths": [str(result)]} in events


def test_events_and_a_result_on_standard_output_do_not_mix(run: Run, talk: Path, capsys: Captured) -> None:
    """The last output event says that it is complete."""
    assert run("transcribe", talk, *FAKES, "--json", "-o", "-", "--progress=json") == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["words"]
    (written,) = (each for each in events_in(err) if each["event"] == "output")
    assert written == {"event": "output", "file": str(talk), "path": "-", "is_partial": False, "language": "en"}


def test_events_of_a_copy_have_a_stage_of_their_own(run: Run, tmp_path: Path, capsys: Captured) -> None:
    """Writing the recording again may take a while."""
    film = Recording((Track(babble(1.0)),), picture_s=1.0).write(tmp_path / "film.mp4")
    (tmp_path / "film.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nHello there.\n")
    words, copy = str(tmp_path / "film.srt"), str(tmp_path / "copy.mp4")
    assert run("convert", words, "--media", film, "--embed-subs", "-o", copy, "--progress", "json") == 0
    events = events_in(capsys.readouterr().err)
    stages = [(each["stage"], each["step_share"]) for each in events if each["event"] == "progress"]
    assert (stages[0], stages[-1]) == (("writing", 0.0), ("writing", 1.0))
    assert {"event": "output", "file": words, "path": copy, "is_partial": False} in events


def test_events_of_several_inputs_name_each(run: Run, talk: Path, capsys: Captured) -> None:
    """An error has its own exit code, the command the code 1."""
    missing = talk.with_name("gone.wav")
    assert run("transcribe", talk, missing, *FAKES, "--progress", "json") == 1
    events = events_in(capsys.readouterr().err)
    error, end = events[-2:]
    assert (error["event"], error["file"], error["kind"], error["exit_code"]) == (
        "error",
        str(missing),
        "MediaError",
        1,
    )
    assert end["files"] == [{"file": str(talk), "exit_code": 0}, {"file": str(missing), "exit_code": 1}]
    numbers = {(each["file_number"], each["file_count"]) for each in events if each["event"] == "progress"}
    assert numbers == {(1, 2)}


def test_events_of_a_failed_diarizer_name_the_partial_result(
    run: Run, talk: Path, diarizer: FakeDiarizer, capsys: Captured
) -> None:
    """A program needs to parse no message."""
    diarizer.error = RuntimeError("no speakers today")
    assert run("transcribe", talk, *FAKES, "--progress", "json", "-q") == 1
    *_, kept, error, end = events_in(capsys.readouterr().err)
    assert (kept["path"], kept["is_partial"]) == (str(talk.with_suffix(".partial.json")), True)
    assert "no speakers today" in error["message"]
    assert end["exit_code"] == 1


@pytest.mark.parametrize("arguments", [("--nope",), ("--model",), ("--device", "gpu9"), ("--cue-profile", "x")])
def test_events_of_an_invalid_command_line_are_an_error_and_the_end(
    run: Run, talk: Path, arguments: tuple[str, ...], capsys: Captured
) -> None:
    """Also where the arguments cannot be parsed."""
    assert run("transcribe", talk, "--progress", "json", *arguments) == 2
    start, error, end = events_in(capsys.readouterr().err)
    assert (start["event"], error["exit_code"], end) == ("start", 2, {**end, "exit_code": 2, "files": []})
    assert error["kind"] == "UsageError"


def test_events_have_log_lines_with_their_level_and_tracebacks(
    run: Run, talk: Path, recognizer: FakeRecognizer, capsys: Captured
) -> None:
    """Warnings are no errors; --verbose adds debug messages and the traceback of an error."""
    log = logging.getLogger("speakerplug.somewhere")

    def fail(*_: object) -> None:
        log.debug("%s", "clouds")
        log.warning("the %s is cold", "weather")
        raise RuntimeError("rain")

    recognizer.recognize = fail  # type: ignore[assignment,method-assign]
    assert run("transcribe", talk, *FAKES, "--progress", "json", "-v") == 1
    events = events_in(capsys.readouterr().err)
    assert {"event": "log", "file": str(talk), "level": "warning", "message": "the weather is cold"} in events
    assert "debug" in {each.get("level") for each in events}
    (error,) = (each for each in events if each["event"] == "error")
    assert "RuntimeError: rain" in error["traceback"]


def test_events_of_a_canceled_command_end_with_its_code(
    run: Run, talk: Path, recognizer: FakeRecognizer, capsys: Captured
) -> None:
    """The last is the end, as ever."""

    def cancel(*_: object) -> None:
        raise KeyboardInterrupt

    recognizer.recognize = cancel  # type: ignore[assignment,method-assign]
    assert run("transcribe", talk, *FAKES, "--progress", "json") == 130
    printed = capsys.readouterr().err.replace("\n\n", "\n")  # click ends the line; in a process, that is captured
    *_, error, end = events_in(printed)
    assert (error["kind"], error["exit_code"], end["exit_code"], end["files"]) == ("Cancelled", 130, 130, [])


def test_progress_json_from_a_variable_is_like_a_typed_one(
    run: Run, talk: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """Once the command line is parsed."""
    monkeypatch.setenv("SPEAKERPLUG_PROGRESS", "json")
    assert run("transcribe", talk, *FAKES) == 0
    assert kinds(events_in(capsys.readouterr().err)) == ["start", "output", "end"]


CAPTURING = """
import os, sys, warnings
from speakerplug.cli.events import Events
events = Events(sys.stderr, captures=True)
events.begin("a.wav")
print("from Python", file=sys.stderr)
os.write(2, b"from C\\rwith a bar\\n\\n")
os.system("echo from a child >&2")
events.finish(0)
events.end(0)
events.end(1)
print("afterwards", file=sys.stderr)
"""


def test_events_of_a_process_have_what_others_print() -> None:
    """Lines of Python, of libraries in C and of child processes become events, all before the end."""
    done = subprocess.run([sys.executable, "-c", CAPTURING], capture_output=True, text=True, check=True)
    *lines, last = done.stderr.splitlines()
    events = events_in("\n".join(lines))
    printed = {each["message"] for each in events if each["event"] == "log" and each["source"] == "stderr"}
    assert printed == {"from Python", "from C", "with a bar", "from a child"}
    assert (events[0]["event"], events[-1]["event"], events[-1]["exit_code"]) == ("start", "end", 0)
    assert last == "afterwards"


def test_events_to_a_reader_that_has_exited_are_dropped() -> None:
    """The work goes on; the exit code tells the rest."""
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "w", encoding="utf-8", buffering=1) as stream:
        with pytest.raises(BrokenPipeError):  # what a write raises there
            os.write(writing, b"{}")
        events = Events(stream)
        events.end(0)
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def test_events_have_no_secrets_and_are_ascii() -> None:
    """A masked token cannot break the JSON of a line."""
    stream = io.StringIO()
    events = Events(stream)
    secret = keep_secret('fish"chips')
    events.emit("log", level="info", message=f'Ж "{secret}"')
    assert stream.getvalue().isascii()
    assert events_in(stream.getvalue())[-1]["message"] == 'Ж "***"'


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("transcribe", "--progress", "json"), True),
        (("transcribe", "--progress=json", "a.wav"), True),
        (("transcribe", "--progress", "auto", "json"), False),
        (("transcribe", "--", "--progress", "json"), False),
        ((), False),
    ],
)
def test_events_are_asked_for_by_typed_arguments(arguments: tuple[str, ...], expected: bool) -> None:
    """After two dashes come the names of files."""
    assert is_typed(arguments) is expected
