"""`--html` and `--embed-audio` of `speakerplug transcribe` and `convert`: what the page has of its recording."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from speakerplug.transcript import Media, Transcript, Word
from tests.cli.conftest import FAKES, Run, write_wav


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """Return half a second of audio in a separate folder."""
    (tmp_path / "in").mkdir()
    return write_wav(tmp_path / "in" / "a talk.wav", seconds=0.5)


@pytest.fixture
def saved(talk: Path) -> Path:
    """Return a transcript next to it."""
    return Transcript((Word("Hi", 0.1, 0.2),), media=Media(talk.name, 0.5)).save(talk.with_suffix(".json"))


def data_of(text: str) -> Any:
    """Return the data of a page."""
    (found,) = re.findall(r'<script type="application/json" id="recording">(.*)</script>', text)
    return json.loads(found)


def test_transcribe_to_html_links_to_the_recording(run: Run, talk: Path, tmp_path: Path) -> None:
    """Relative to the page; from the current folder if it is printed."""
    assert run("transcribe", talk, *FAKES, "--html", "-o", f"{tmp_path}/out/") == 0
    assert data_of((tmp_path / "out" / "a talk.html").read_text())["url"] == "../in/a%20talk.wav"
    assert run("transcribe", talk, *FAKES, "--html") == 0
    assert data_of(talk.with_suffix(".html").read_text())["url"] == "a%20talk.wav"


def test_transcribe_with_embed_audio_has_the_audio_in_the_page(run: Run, talk: Path) -> None:
    """Other formats are written as ever."""
    assert run("transcribe", talk, *FAKES, "--html", "--vtt", "--embed-audio") == 0
    assert data_of(talk.with_suffix(".html").read_text())["embedded"] == "audio/ogg"
    assert talk.with_suffix(".vtt").read_text().startswith("WEBVTT")


def test_convert_to_html_finds_the_recording_next_to_the_transcript(run: Run, saved: Path, tmp_path: Path) -> None:
    """It is linked, or embedded; if it is missing, the page looks for its name in its own folder."""
    out = tmp_path / "out" / "page.html"
    assert run("convert", saved, "-o", out) == 0
    assert data_of(out.read_text())["url"] == "../in/a%20talk.wav"
    assert run("convert", saved, "-o", out, "--embed-audio") == 0
    assert data_of(out.read_text())["embedded"] == "audio/ogg"
    saved.with_suffix(".wav").unlink()
    assert run("convert", saved, "-o", out) == 0
    assert data_of(out.read_text())["url"] == "a%20talk.wav"


def test_convert_to_html_on_stdout_links_from_the_current_folder(
    run: Run, saved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A printed page has no folder of its own."""
    assert run("convert", saved, "--html", "-o", "-", "-q") == 0
    assert data_of(capsys.readouterr().out)["url"].endswith("/in/a%20talk.wav")


def test_convert_to_html_with_media_links_to_it(run: Run, saved: Path, tmp_path: Path) -> None:
    """Whatever the transcript names."""
    other = write_wav(tmp_path / "other.wav", 0.5)
    assert run("convert", saved, "--html", "--media", other) == 0
    assert data_of(saved.with_suffix(".html").read_text())["url"] == "../other.wav"


def test_html_with_invalid_options_is_refused(
    run: Run, talk: Path, saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each with a hint, and no file."""
    before = sorted(talk.parent.iterdir())
    assert run("convert", saved, "--vtt", "--embed-audio") == 2
    assert "add --html" in capsys.readouterr().err
    assert run("transcribe", talk, *FAKES, "--embed-audio") == 2
    assert "add --html" in capsys.readouterr().err
    assert run("convert", saved, "--html", "--media", tmp_path / "none.wav") == 1
    assert "There is no file" in capsys.readouterr().err
    assert run("convert", saved, saved, "--html", "--media", talk) == 2
    assert "one transcript" in capsys.readouterr().err
    talk.rename(tmp_path / "elsewhere.wav")
    assert run("convert", saved, "--html", "--embed-audio") == 1
    assert "name it with --media" in capsys.readouterr().err
    assert sorted(talk.parent.iterdir()) == [path for path in before if path != talk]


def test_convert_of_a_recording_name_with_a_folder_ignores_the_folder(run: Run, saved: Path, tmp_path: Path) -> None:
    """A transcript from a stranger cannot put a file of another folder into a page."""
    write_wav(tmp_path / "secret.wav", 0.5)
    Transcript(media=Media("../secret.wav", 0.5)).save(saved)
    assert run("convert", saved, "--html", "--embed-audio") == 1
    assert run("convert", saved, "--html") == 0
    assert data_of(saved.with_suffix(".html").read_text())["url"] == "..%2Fsecret.wav"
