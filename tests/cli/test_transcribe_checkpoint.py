"""`speakerplug transcribe` goes on after an interruption, from a file beside the outputs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

import speakerplug
from speakerplug import Checkpoint
from speakerplug.cli.output import checkpoint_path
from speakerplug.plugin.roles import StageCheckpoint
from tests.cli.conftest import FAKES, Run, write_wav
from tests.standins.resumable import BATCHES, Resumable, ResumableDiarizer


@pytest.fixture
def recognizer() -> Resumable:
    """Return the recognizer of the command line: it goes on from its checkpoint."""
    return Resumable()


@pytest.fixture
def diarizer() -> ResumableDiarizer:
    """Return the diarizer of the command line."""
    return ResumableDiarizer()


@pytest.fixture
def talk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return two seconds of audio, which count as long."""
    monkeypatch.setattr(Checkpoint.__init__, "__defaults__", (0.0,))
    return write_wav(tmp_path / "talk.wav", 2.0)


def names(talk: Path) -> list[str]:
    """Return the names of the files beside the recording."""
    return sorted(path.name for path in talk.parent.iterdir() if path != talk)


def test_transcribe_after_an_error_goes_on_with_the_same_command(
    run: Run, talk: Path, diarizer: ResumableDiarizer, recognizer: Resumable, capsys: pytest.CaptureFixture[str]
) -> None:
    """One checkpoint for several formats; the message names it, and it is deleted once the outputs are written."""
    diarizer.stop_at = 3
    assert run("transcribe", talk, *FAKES, "--srt", "--vtt") == 1
    path = talk.with_name("talk.speakerplug-checkpoint")
    assert f"The same command goes on from {path}." in capsys.readouterr().err
    assert names(talk) == ["talk.partial.json", path.name]
    diarizer.stop_at = None
    assert run("transcribe", talk, *FAKES, "--srt", "--vtt") == 0
    assert f"Going on from {path}." in capsys.readouterr().err
    assert names(talk) == ["talk.partial.json", "talk.srt", "talk.vtt"]
    assert recognizer.done == diarizer.done == list(range(BATCHES))


def test_transcribe_that_is_interrupted_says_in_one_line_where_it_goes_on(
    run: Run, talk: Path, recognizer: Resumable, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C keeps the checkpoint, and exits with 130."""

    def interrupt() -> None:
        """Press Ctrl-C in the third batch."""
        if len(recognizer.done) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(recognizer, "report", interrupt)
    assert run("transcribe", talk, "--recognizer", "fake", "--no-diarize", "--device", "cpu") == 130
    path = talk.with_name("talk.speakerplug-checkpoint")
    said = [line for line in capsys.readouterr().err.splitlines() if line]
    assert said[-2:] == [f"The same command goes on from {path}.", "Error: Canceled."]
    assert names(talk) == [path.name]


def test_transcribe_that_is_interrupted_before_any_progress_promises_nothing(
    run: Run, talk: Path, recognizer: Resumable, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What identifies the work of a stage is nothing to go on from, and no file is left."""

    def interrupt(checkpoint: StageCheckpoint) -> None:
        """Press Ctrl-C in the first batch."""
        checkpoint.save({"work": {"kind of device": "cpu"}})
        raise KeyboardInterrupt

    monkeypatch.setattr(recognizer, "numbers", interrupt)
    assert run("transcribe", talk, "--recognizer", "fake", "--no-diarize", "--device", "cpu") == 130
    assert "goes on" not in capsys.readouterr().err
    assert names(talk) == []


def test_transcribe_with_no_checkpoint_saves_none(run: Run, talk: Path, recognizer: Resumable) -> None:
    """Nothing about the progress is written, and the next command does all again."""
    recognizer.stop_at = 3
    assert run("transcribe", talk, *FAKES, "--no-checkpoint") == 1
    assert names(talk) == []
    recognizer.stop_at = None
    assert run("transcribe", talk, *FAKES, "--no-checkpoint") == 0
    assert recognizer.done == [0, 1, 2, *range(BATCHES)]


def test_transcribe_whose_output_cannot_be_written_keeps_the_checkpoint(
    run: Run, talk: Path, recognizer: Resumable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same command, once there is room, only writes."""
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", _full)
        assert run("transcribe", talk, *FAKES, "--json") == 1
    assert "talk.speakerplug-checkpoint" in names(talk)
    done = [*recognizer.done]
    assert run("transcribe", talk, *FAKES, "--json") == 0
    assert recognizer.done == done
    assert speakerplug.load(talk.with_suffix(".json")).text.startswith("word0 word1")


def _full(*paths: Any) -> None:
    raise OSError(28, "No space left on device")


def test_transcribe_to_standard_output_has_no_checkpoint(run: Run, talk: Path, recognizer: Resumable) -> None:
    """There is no place beside it."""
    recognizer.stop_at = 3
    assert run("transcribe", talk, *FAKES, "-o", "-") == 1
    assert names(talk) == []


@pytest.mark.parametrize(
    ("source", "targets", "name"),
    [
        ("in/talk.wav", {"vtt": "out/talk.vtt", "srt": "out/talk.srt"}, "out/talk.speakerplug-checkpoint"),
        ("talk.wav", {"podcast": "talk.podcast.json"}, "talk.speakerplug-checkpoint"),
        ("talk.wav", {"vtt": "first.vtt"}, "first.speakerplug-checkpoint"),
        ("a.b.wav", {"vtt": "a.b.vtt"}, "a.b.speakerplug-checkpoint"),
        ("talk.wav", {"vtt": None}, None),
        ("talk.wav", {"vtt": "/dev/stdout"}, None),
        ("talk.wav", {"vtt": f"{'x' * 250}.vtt"}, f"{'x' * 226}.speakerplug-checkpoint"),
    ],
)
def test_checkpoint_path_is_named_like_the_output(source: str, targets: dict[str, str | None], name: str) -> None:
    """Two commands with different outputs in a folder have different ones."""
    paths = {format: None if path is None else Path(path) for format, path in targets.items()}
    assert checkpoint_path(source, paths) == (None if name is None else Path(name))
