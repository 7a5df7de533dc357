"""A Word document on the command line: refused before any work where it cannot be made, else written as bytes."""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO
from pathlib import Path

import docx as python_docx
import pytest

from speakerplug.cli import stdout
from speakerplug.errors import OutputError
from speakerplug.formats import docx
from speakerplug.transcript import Transcript, Word
from tests.cli.conftest import Run

TALK = Transcript((Word("Hello", 0.1, 0.4, "A"), Word("there.", 0.5, 0.9, "A")))


@pytest.mark.parametrize("asked", [["--docx"], ["-o", "out.docx"], ["--format", "docx"]])
def test_convert_docx_without_its_library_is_refused_before_any_work(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], asked: list[str]
) -> None:
    """Nothing is read or written for a result that cannot be written; one sentence says what to type."""
    monkeypatch.setattr(docx, "find_spec", lambda name: None)
    monkeypatch.chdir(tmp_path)
    assert run("convert", "missing.json", *asked) == 2
    message = capsys.readouterr().err
    assert 'pip install "python-docx' in message
    assert "missing.json" not in message


def test_convert_docx_is_written_and_printed_byte_for_byte(run: Run, tmp_path: Path) -> None:
    """To a pipe go the bytes of the file."""
    TALK.save(tmp_path / "talk.json")
    assert run("convert", tmp_path / "talk.json", "--docx", "-q") == 0
    written = (tmp_path / "talk.docx").read_bytes()
    assert python_docx.Document(BytesIO(written)).paragraphs[-1].text == "Hello there."
    command = [sys.executable, "-m", "speakerplug", "convert", str(tmp_path / "talk.json"), "--docx", "-o", "-", "-q"]
    assert subprocess.run(command, capture_output=True, check=True).stdout == written


def test_deliver_bytes_to_a_terminal_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal would show what is no text as commands to itself."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    with pytest.raises(OutputError, match="name a file"):
        stdout.deliver(b"PK")
