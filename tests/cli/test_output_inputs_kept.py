"""Files that a command reads are never overwritten, whatever their role, under any of their names."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import FAKES, Run, write_wav
from tests.media_files import Recording, Track, babble

RTTM = "SPEAKER talk 1 0.0 1.0 <NA> <NA> Ana <NA> <NA>\nSPEAKER talk 1 5.0 1.0 <NA> <NA> Ben <NA> <NA>\n"
WORDS = {"segments": [{"start": 0.0, "end": 1.0, "text": "Hi", "words": [{"word": "Hi", "start": 0.0, "end": 1.0}]}]}
FAKE = FAKES[2:]

Renamed = Callable[[Path], Path]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder, with an input of each role."""
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    Path("in/t.json").write_text(json.dumps(WORDS))
    Path("in/t.rttm").write_text(RTTM)
    write_wav(Path("in/t.wav"), 2.0)
    return tmp_path / "in"


def same(path: Path) -> Path:
    return path


def dotted(path: Path) -> Path:
    return path.parent / ".." / path.parent.name / path.name


def linked(path: Path) -> Path:
    link = path.with_name(f"link-{path.name}")
    link.symlink_to(path)
    return link


def through_a_linked_folder(path: Path) -> Path:
    link = path.parent.parent / "linked"
    link.symlink_to(path.parent)
    return link / path.name


def hard_linked(path: Path) -> Path:
    link = path.with_name(f"hard-{path.name}")
    os.link(path, link)
    return link


NAMES = (same, dotted, linked, through_a_linked_folder, hard_linked)
ROLES = (
    ("INPUT", ("transcribe", "in/t.wav", *FAKES, "--vtt"), "t.wav"),
    ("INPUT", ("diarize", "in/t.wav", *FAKE), "t.wav"),
    ("INPUT", ("convert", "in/t.json", "--vtt"), "t.json"),
    ("WORDS", ("attribute", "in/t.json", "--rttm", "in/t.rttm", "--vtt"), "t.json"),
    ("--rttm", ("attribute", "in/t.json", "--rttm", "in/t.rttm", "--vtt"), "t.rttm"),
    ("--audio", ("attribute", "in/t.json", "--audio", "in/t.wav", *FAKE, "--vtt"), "t.wav"),
    ("--media", ("convert", "in/t.json", "--media", "in/t.wav", "--vtt"), "t.wav"),
    ("--model", ("transcribe", "in/t.wav", *FAKES, "--model", "in/t.rttm", "--vtt"), "t.rttm"),
)


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name.__name__)
@pytest.mark.parametrize(("role", "command", "file"), ROLES, ids=[f"{row[1][0]} {row[0]}" for row in ROLES])
def test_output_over_a_file_that_is_read_is_refused(
    run: Run, folder: Path, role: str, command: tuple[str, ...], file: str, name: Renamed
) -> None:
    """Before any work, with exit code 2; the file is unchanged."""
    before = (folder / file).read_bytes()
    assert run(*command, "-o", name(folder / file)) == 2
    assert (folder / file).read_bytes() == before


def test_attribute_to_rttm_over_its_turns_is_refused(
    run: Run, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the default name would be that of the turns."""
    assert run("attribute", "in/t.json", "--rttm", "in/t.rttm", "--format", "rttm") == 2
    assert (folder / "t.rttm").read_text() == RTTM
    assert "in/t.rttm would be written over in/t.rttm" in capsys.readouterr().err


def test_convert_over_the_recording_that_it_found_is_refused(run: Run, folder: Path) -> None:
    """The recording next to the transcript is read for a page, though no option named it."""
    assert run("transcribe", "in/t.wav", *FAKES, "--json", "-o", "in/talk.json") == 0
    before = (folder / "t.wav").read_bytes()
    os.link(folder / "t.wav", folder / "t.html")
    assert run("convert", "in/talk.json", "--html", "-o", "in/t.html") == 2
    assert (folder / "t.html").read_bytes() == before


def test_embed_subs_over_another_input_is_refused(run: Run, tmp_path: Path) -> None:
    """The copy of one input would be another input, under a name that depends on the recording."""
    talk = Recording((Track(babble(2.0)),), picture_s=2.0).write(tmp_path / "talk.mp4")
    other = shutil.copy(talk, tmp_path / "talk.subtitled.mp4")
    assert run("transcribe", talk, other, *FAKES, "--embed-subs") == 1
    assert other.read_bytes() == talk.read_bytes()


def test_two_results_in_one_file_are_refused(run: Run, folder: Path) -> None:
    """By `..` and by links, too; and artifacts that would be a result."""
    (folder / "sub").mkdir()
    shutil.copy(folder / "t.wav", folder / "sub" / "t.wav")
    (folder.parent / "linked").symlink_to(folder)
    assert run("transcribe", "in/t.wav", "in/sub/../../linked/t.wav", *FAKES) == 2
    assert run("transcribe", "in/t.wav", *FAKES, "--artifacts", "in", "-o", "in/sub/../t.artifacts.npz") == 2
    assert run("diarize", "in/t.wav", *FAKE, "--artifacts", "in", "-o", "linked/t.artifacts.npz") == 2
    assert not list(folder.rglob("*.npz"))


def test_partial_json_while_printing_to_a_descriptor_is_in_the_current_folder(
    run: Run, folder: Path, diarizer: object, capsys: pytest.CaptureFixture[str]
) -> None:
    """And not in /dev, where standard output is."""
    diarizer.error = ZeroDivisionError()  # type: ignore[attr-defined]
    assert run("transcribe", "in/t.wav", *FAKES, "-o", "/dev/stdout") == 1
    assert Path("t.partial.json").exists()
