"""`speakerplug ... --diarizer speakrs`, with a stand-in for the wheel and a hub on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import speakerplug_speakrs.plugin
from speakerplug.plugin import DiarizerSettings
from speakerplug_speakrs.models import MODELS
from tests.cli.conftest import Run, write_wav
from tests.standins.hub import StandInHub, connect
from tests.standins.speakrs import Result, Segment, StandIn

SPEAKRS = ("--recognizer", "fake", "--device", "cpu", "--diarizer")


@pytest.fixture
def talk(wheel: StandIn, tmp_path: Path) -> Path:
    """Return two seconds of audio, in which the wheel finds two speakers."""
    segments = [Segment(0.0, 1.0, "SPEAKER_00"), Segment(1.1, 9.9, "SPEAKER_01")]
    wheel.result = Result(segments, segments)
    return write_wav(tmp_path / "talk.wav", seconds=2.0)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandInHub]:
    """Yield a hub with the models, at the revision that the plugin names."""
    monkeypatch.setattr("tests.standins.hub.COMMIT", MODELS.revision)
    files = {name: name.encode() * 99 for name in MODELS.files}
    with StandInHub({MODELS.repo: {**files, "README.md": b"about"}}).listening() as hub:
        connect(monkeypatch, hub.endpoint, tmp_path / "home")
        yield hub


def test_transcribe_with_a_folder_writes_subtitles(run: Run, talk: Path, folder: Path, wheel: StandIn) -> None:
    """The folder selects the diarizer, without its name."""
    assert run("transcribe", talk, *SPEAKRS, folder) == 0
    text = talk.with_suffix(".vtt").read_text()
    assert "<v SPEAKER_00>" in text
    assert "<v SPEAKER_01>" in text
    assert wheel.loaded == [("CPU", folder)]


def test_transcribe_fetches_the_pinned_models_once(
    run: Run, talk: Path, hub: StandInHub, wheel: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only the files that it needs, and without a request when they are here."""
    assert run("transcribe", talk, *SPEAKRS, "speakrs") == 0
    (_, folder), *_ = wheel.loaded
    assert {path.name for path in folder.iterdir()} == set(MODELS.files)
    assert folder.name == MODELS.revision
    before = len(hub.asked)
    assert run("transcribe", talk, *SPEAKRS, "speakrs", "--offline", "-o", talk.parent / "again.vtt") == 0
    assert len(hub.asked) == before


def test_fetch_to_a_folder_makes_one_that_can_be_named(run: Run, talk: Path, hub: StandInHub, tmp_path: Path) -> None:
    """By the name of the diarizer or of the repository."""
    assert run("fetch", "speakrs", "--to", tmp_path / "kept") == 0
    assert {path.name for path in (tmp_path / "kept").iterdir()} == set(MODELS.files)
    assert run("fetch", MODELS.repo, "--to", tmp_path / "other") == 0
    assert run("transcribe", talk, *SPEAKRS, tmp_path / "kept", "--offline") == 0


def test_transcribe_offline_without_models_is_one_sentence(
    run: Run, talk: Path, hub: StandInHub, capsys: pytest.CaptureFixture[str]
) -> None:
    """It names the command that fetches them; nothing is downloaded."""
    assert run("transcribe", talk, *SPEAKRS, "speakrs", "--offline") == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert "is not on this machine, and offline mode is on; fetch it once with: speakerplug fetch" in error
    assert not hub.downloads()


def test_transcribe_with_a_number_of_speakers_is_a_usage_error(
    run: Run, talk: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says which options to leave out."""
    assert run("transcribe", talk, *SPEAKRS, folder, "--num-speakers", 2) == 2
    assert "takes no bounds for it; leave out --num-speakers" in capsys.readouterr().err


def test_diarizers_without_the_wheel_say_why(
    run: Run, hub: StandInHub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As on Python 3.10: everything else works."""
    monkeypatch.setattr(speakerplug_speakrs.plugin, "why_missing", lambda: "it needs Python 3.11 or newer")
    assert run("diarizers") == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.split()[:1] == ["speakrs"]]
    assert "it needs Python 3.11 or newer" in line


def test_is_ready_needs_the_wheel_and_the_models(
    run: Run, hub: StandInHub, wheel: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each by itself is not enough."""
    settings = DiarizerSettings()
    assert not speakerplug_speakrs.plugin.is_ready(settings)
    assert speakerplug_speakrs.plugin.why_not(settings) is None
    assert run("fetch", "speakrs") == 0
    assert speakerplug_speakrs.plugin.is_ready(settings)
    monkeypatch.setattr(speakerplug_speakrs.plugin, "why_missing", lambda: "none")
    assert not speakerplug_speakrs.plugin.is_ready(settings)
