"""The file that Buzz loads."""

from __future__ import annotations

import ast
import logging
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import make_dataclass, replace
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from speakerplug.cli import main
from speakerplug_buzz.command import PLUGIN

from .conftest import Segment

SAMPLE = Path(__file__).parents[3] / "samples" / "talk.mp4"
SEGMENTS = [
    Segment(400, 4300, "Hello Ben, have you ever watched a film --> with the sound turned off?"),
    Segment(4300, 4300, " "),
    Segment(4803, 10_000, "Yes, on a train last week."),
    Segment(10_600, 12_400, "Did they tell you who was speaking?", "", "Somebody"),
]
TURNS = "SPEAKER x 1 0.4 4 <NA> <NA> Ada <NA> <NA>\nSPEAKER x 1 4.8 5 <NA> <NA> Ben <NA> <NA>\n"


def task(path: Path | None, **changes: Any) -> Any:
    """Return a task of Buzz."""
    given = {"file_path": None if path is None else str(path), "original_file_path": None, "output_directory": None}
    return SimpleNamespace(**{**given, **changes})


def context(**config: str) -> Any:
    """Return what Buzz passes to a hook."""
    return SimpleNamespace(config=config, log=logging.getLogger("buzz.plugin.speakerplug"))


@pytest.fixture
def known_turns(plugin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the command in this process, with turns that are known."""

    def run(command: Sequence[str], log: Any) -> None:
        """Do what the program does, without a recording."""
        turns = Path(command[-3]).with_name("turns.rttm")
        turns.write_text(TURNS)
        (lines,) = (each for each in command if each.endswith("lines.srt"))
        assert main(["attribute", lines, "--rttm", str(turns), "--ass", "-o", command[-3], "--quiet"]) == 0

    monkeypatch.setattr(plugin, "run", run)


def test_plugin_imports_nothing_but_buzz_and_the_standard_library() -> None:
    """Buzz's environment has other versions of everything else."""
    names = {
        alias.name if isinstance(node, ast.Import) else node.module or ""
        for node in ast.walk(ast.parse(PLUGIN.read_text(encoding="utf-8")))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    assert {name.partition(".")[0] for name in names} <= {*sys.stdlib_module_names, "buzz"}


@pytest.mark.usefixtures("known_turns")
def test_segments_get_speakers_and_stay_as_they_are(plugin: Any, tmp_path: Path) -> None:
    """One without text has none; a Buzz without the field has the name in the text."""
    found = plugin.SpeakerPlug().after_transcription(task(tmp_path), SEGMENTS, context())
    assert [segment.speaker for segment in found] == ["Ada", "", "Ben", "Ben"]
    assert [replace(each, speaker="") for each in found] == [replace(each, speaker="") for each in SEGMENTS]
    old = make_dataclass("OldSegment", [("start", int), ("end", int), ("text", str)])
    (named,) = plugin.SpeakerPlug().after_transcription(task(tmp_path), [old(500, 900, " Hello.")], context())
    assert named.text == "Ada: Hello."


def test_failure_leaves_segments_and_says_why(
    plugin: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A recording that is gone, a program that is missing, or its own sentence."""
    hook = plugin.SpeakerPlug().after_transcription
    assert hook(task(tmp_path / "gone.wav"), SEGMENTS, context()) is SEGMENTS
    assert hook(task(tmp_path), SEGMENTS, context(command=str(tmp_path / "none"))) is SEGMENTS
    events = b'noise\n[]\n{"event": "progress", "share": 0.37}\n{"event": "error", "message": "It is empty."}\n'

    class Process:
        """A program that fails."""

        returncode, stderr = 1, BytesIO(events)

        def __enter__(self) -> Process:
            """Return it."""
            return self

        def __exit__(self, *_: object) -> None:
            """Do nothing."""

    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: Process())
    caplog.set_level("INFO")
    assert hook(task(tmp_path), SEGMENTS, context()) is SEGMENTS
    said = [record.getMessage() for record in caplog.records]
    assert "the recording is gone" in said[0]
    assert "cannot be run" in said[1]
    assert said[2:] == ["30 %", "No speakers: It is empty."]


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"options": '--language "en'}, "Options in the plugin's settings cannot be read (No closing quotation)"),
        ({"command": f'"{sys.executable}" -c ""'}, "wrote no speakers; set Command in the plugin's settings"),
    ],
)
def test_settings_that_are_wrong_leave_segments_and_are_said(
    plugin: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture, config: dict[str, str], said: str
) -> None:
    """A quotation mark that is alone, and a program that is not ours."""
    assert plugin.SpeakerPlug().after_transcription(task(tmp_path), SEGMENTS, context(**config)) is SEGMENTS
    assert said in caplog.text


def test_recording_is_found_where_buzz_has_moved_it(plugin: Any, tmp_path: Path) -> None:
    """From a watched folder; the original one rather than its extracted speech."""
    (tmp_path / "talk.wav").touch()
    (tmp_path / "talk_speech.wav").touch()
    moved = task(Path("/watched/talk.wav"), output_directory=str(tmp_path))
    assert plugin.recording_of(moved) == str(tmp_path / "talk.wav")
    extracted = task(tmp_path / "talk_speech.wav", original_file_path=str(tmp_path / "talk.wav"))
    assert plugin.recording_of(extracted) == str(tmp_path / "talk.wav")


def test_command_of_settings(plugin: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's own, else the one that installed the plugin, else by name; options come after it."""
    monkeypatch.setattr(plugin, "HERE", tmp_path)
    assert plugin.command_of({}) == ["speakerplug", "attribute"]
    (tmp_path / "command.json").write_text('["python", "-m", "speakerplug"]')
    assert plugin.command_of({"options": "--num-speakers 2"}) == [
        *("python", "-m", "speakerplug", "attribute"),
        *("--num-speakers", "2"),
    ]
    (tmp_path / "my program").touch()
    assert plugin.command_of({"command": str(tmp_path / "my program")})[0] == str(tmp_path / "my program")
    assert plugin.command_of({"command": r'"C:\my tools\speakerplug.exe"'})[0] == "C:/my tools/speakerplug.exe"


def test_environment_of_the_program_is_not_that_of_buzz(plugin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a frozen Buzz neither; what the user has set stays."""
    monkeypatch.setenv("PYTHONPATH", "/buzz")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/buzz")
    assert plugin.environment()["LD_LIBRARY_PATH"] == "/buzz"
    assert "PYTHONPATH" not in plugin.environment()
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert "LD_LIBRARY_PATH" not in plugin.environment()
    monkeypatch.setenv("LD_LIBRARY_PATH_ORIG", "/own")
    assert plugin.environment()["LD_LIBRARY_PATH"] == "/own"


@pytest.mark.models
def test_segments_of_the_sample_get_speakers(plugin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the program itself."""
    config = {"command": f'"{sys.executable}" -m speakerplug', "options": "--diarizer bundled"}
    found = plugin.SpeakerPlug().after_transcription(task(SAMPLE), SEGMENTS, context(**config))
    assert [segment.speaker for segment in found] == ["SPEAKER_00", "", "SPEAKER_01", "SPEAKER_00"]
