"""`--html` and `--embed-audio` of `speakerplug transcribe` and `convert`: what the page is told of its recording."""

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
    """Half a second of sound in a folder of its own."""
    (tmp_path / "in").mkdir()
    return write_wav(tmp_path / "in" / "a talk.wav", seconds=0.5)


@pytest.fixture
def saved(talk: Path) -> Path:
    """A transcript beside it."""
    return Transcript((Word("Hi", 0.1, 0.2),), media=Media(talk.name, 0.5)).save(talk.with_suffix(".json"))


def told(text: str) -> Any:
    """What a page is told."""
    (found,) = re.findall(r'<script type="application/json" id="recording">(.*)</script>', text)
    return json.loads(found)


def test_a_transcription_links_to_its_recording(run: Run, talk: Path, tmp_path: Path) -> None:
    """From wherever the page is written; printed, from the present folder."""
    assert run("transcribe", talk, *FAKES, "--html", "-o", f"{tmp_path}/out/") == 0
    assert told((tmp_path / "out" / "a talk.html").read_text())["url"] == "../in/a%20talk.wav"
    assert run("transcribe", talk, *FAKES, "--html") == 0
    assert told(talk.with_suffix(".html").read_text())["url"] == "a%20talk.wav"


def test_a_transcription_can_hold_its_sound(run: Run, talk: Path) -> None:
    """With --embed-audio, and other formats go on as ever."""
    assert run("transcribe", talk, *FAKES, "--html", "--vtt", "--embed-audio") == 0
    assert told(talk.with_suffix(".html").read_text())["embedded"] == "audio/ogg"
    assert talk.with_suffix(".vtt").read_text().startswith("WEBVTT")


def test_converting_finds_the_recording_beside_the_transcript(run: Run, saved: Path, tmp_path: Path) -> None:
    """It is linked, or embedded; where it is not there, the page looks for its name beside itself."""
    out = tmp_path / "out" / "page.html"
    assert run("convert", saved, "-o", out) == 0
    assert told(out.read_text())["url"] == "../in/a%20talk.wav"
    assert run("convert", saved, "-o", out, "--embed-audio") == 0
    assert told(out.read_text())["embedded"] == "audio/ogg"
    saved.with_suffix(".wav").unlink()
    assert run("convert", saved, "-o", out) == 0
    assert told(out.read_text())["url"] == "a%20talk.wav"


def test_a_page_can_be_printed(run: Run, saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It then links from the present folder."""
    assert run("convert", saved, "--html", "-o", "-", "-q") == 0
    assert told(capsys.readouterr().out)["url"].endswith("/in/a%20talk.wav")


def test_converting_is_told_where_the_recording_is(run: Run, saved: Path, tmp_path: Path) -> None:
    """--media names it, whatever the transcript says."""
    other = write_wav(tmp_path / "other.wav", 0.5)
    assert run("convert", saved, "--html", "--media", other) == 0
    assert told(saved.with_suffix(".html").read_text())["url"] == "../other.wav"


def test_what_cannot_be_meant_is_refused(
    run: Run, talk: Path, saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each with a sentence that says what to do, and no file."""
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


def test_a_name_that_leads_elsewhere_leads_nowhere(run: Run, saved: Path, tmp_path: Path) -> None:
    """A transcript from somebody else cannot have a file of another folder put into a page."""
    write_wav(tmp_path / "secret.wav", 0.5)
    Transcript(media=Media("../secret.wav", 0.5)).save(saved)
    assert run("convert", saved, "--html", "--embed-audio") == 1
    assert run("convert", saved, "--html") == 0
    assert told(saved.with_suffix(".html").read_text())["url"] == "..%2Fsecret.wav"
