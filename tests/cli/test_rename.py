"""`speakerplug rename`: in place or elsewhere, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

import speakerplug
from tests.cli.conftest import Run
from tests.cli.test_convert import TALK


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """A saved transcript, with subtitles beside it."""
    TALK.save(tmp_path / "talk.srt")
    return TALK.save(tmp_path / "talk.json")


def test_in_place(run: Run, talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The names are new, all else is as it was, and the subtitles beside it are not touched."""
    subtitles = talk.with_suffix(".srt").read_bytes()
    assert run("rename", talk, "A=Ana Souza", "B=a=b") == 0
    assert speakerplug.load(talk) == TALK.renamed({"A": "Ana Souza", "B": "a=b"})
    assert talk.with_suffix(".srt").read_bytes() == subtitles
    assert capsys.readouterr().out == ""


def test_elsewhere(run: Run, talk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """-o FILE leaves the input as it was; -o - prints."""
    before = talk.read_bytes()
    assert run("rename", talk, "A=Zoë", "-o", tmp_path / "new.json") == 0
    assert talk.read_bytes() == before
    assert speakerplug.load(tmp_path / "new.json").name_of("A") == "Zoë"
    capsys.readouterr()
    assert run("rename", talk, "A=Zoë", "-o", "-") == 0
    assert capsys.readouterr() == ((tmp_path / "new.json").read_text(encoding="utf-8"), "")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("A=Zoë", "C=Bob"), "it has A (Ana), B (Ben & Jerry)"),
        (("Ana",), "write it like SPEAKER_00=Ana"),
        (("A=",), "write it like SPEAKER_00=Ana"),
        (("A=Zoë", "A=Bob"), "A is named twice"),
        ((), "Missing argument"),
    ],
)
def test_what_cannot_be_meant_changes_nothing(
    run: Run, talk: Path, arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, one line that says what to do, and the file as it was."""
    before = talk.read_bytes()
    assert run("rename", talk, *arguments) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert words in line
    assert talk.read_bytes() == before
    assert sorted(path.name for path in talk.parent.iterdir()) == ["talk.json", "talk.srt"]


def test_subtitles_cannot_be_renamed(run: Run, talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Only the JSON holds speakers apart from their names; the message says so."""
    assert run("rename", talk.with_suffix(".srt"), "Ana=Zoë") == 2
    assert "only the JSON of a transcript can be changed" in capsys.readouterr().err


def test_a_file_that_cannot_be_written_stays(run: Run, talk: Path, tmp_path: Path) -> None:
    """A place where nothing can be put is an error, and nothing is left there."""
    assert run("rename", talk, "A=Zoë", "-o", tmp_path / "none" / "new.json") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["talk.json", "talk.srt"]
