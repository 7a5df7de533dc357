"""What the command line says: without tokens, and without what would steer a terminal."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from speakerplug import load
from speakerplug.cli.stdout import cell, escaped
from speakerplug.testing import FakeDiarizer, turns
from speakerplug.transcript import Media, Speaker, Transcript, Turn, Word
from tests.cli.conftest import FAKES, Run, write_wav
from tests.standins.hub import TOKEN, StandInHub, connect, environment

HOSTILE = "Ana\x1b]0;title\x07\x1b[2J\x9b31m\r\x7f"
SHOWN = "Ana\\u001b]0;title\\u0007\\u001b[2J\\u009b31m\\u000d\\u007f"

RUN_AND_LOG = """
import logging, os, sys
from speakerplug.cli import main
code = main(sys.argv[1:])
logging.getLogger("some.library").error("sent %s", {"authorization": os.environ["HF_TOKEN"]})
sys.exit(code)
"""


@pytest.fixture
def echoing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandInHub]:
    """A hub that repeats the token in each of its refusals, which are all that it gives."""
    standin = StandInHub({"owner/model": {"config.yaml": b"x"}}, echoes=True, fails=("/api/", 500))
    with standin.listening() as standin:
        connect(monkeypatch, standin.endpoint, tmp_path)
        yield standin


def test_escaped_shows_control_characters_and_keeps_the_rest() -> None:
    """Line ends, tabs, accents, joined emoji and right-to-left text are no commands."""
    assert escaped(HOSTILE) == SHOWN
    kept = "é\tü\n\r\n漢字 \u05d0\u200f👩\u200d👧 \u00a0"
    assert escaped(kept) == kept
    assert escaped("\udcff") == "\\udcff"
    assert cell("a\nb") == "a\\nb"


def test_fetch_verbose_from_a_hub_that_echoes_says_no_token(
    run: Run, echoing: StandInHub, capsys: pytest.CaptureFixture[str]
) -> None:
    """With -v, tracebacks and all, by option."""
    assert run("fetch", "owner/model", "--hf-token", TOKEN, "-v") == 1
    captured = capsys.readouterr()
    assert "refused: Authorization: Bearer ***" in captured.err
    assert "Traceback" in captured.err
    assert TOKEN not in captured.out + captured.err


def test_the_command_from_the_environment_says_no_token(echoing: StandInHub, tmp_path: Path) -> None:
    """The same of a process of its own, in which other libraries log as they like, with HF_TOKEN."""
    done = subprocess.run(
        [sys.executable, "-c", RUN_AND_LOG, "fetch", "owner/model", "-v"],
        env={**os.environ, **environment(echoing.endpoint, tmp_path), "HF_TOKEN": TOKEN},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Bearer ***" in done.stderr
    assert "sent {'authorization': '***'}" in done.stderr
    assert TOKEN not in done.stdout + done.stderr


def test_logs_with_tracebacks_are_masked_for_every_handler(
    run: Run, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever logs, and whoever formats it."""
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert run("plugins") == 0
    try:
        raise ValueError(TOKEN)
    except ValueError:
        logging.getLogger("some.library").exception("with %s", TOKEN)
    assert "ValueError: ***" in caplog.text
    assert TOKEN not in caplog.text


def test_names_and_ids_on_stderr_are_escaped(
    run: Run, tmp_path: Path, diarizer: FakeDiarizer, capsys: pytest.CaptureFixture[str]
) -> None:
    """In tables, warnings and errors; files that programs read hold the names as they are."""
    diarizer.turns = turns((0.0, 1.0, HOSTILE), (1.1, 1.5, "B\nError: forged"))
    talk = write_wav(tmp_path / "talk\x1b[31m.wav", 2.0)
    assert run("diarize", talk, *FAKES[2:], "--timings") == 0
    assert run("transcribe", talk, *FAKES, "--name", f"C{HOSTILE}=x", "--json") == 0
    assert run("rename", tmp_path / "none\x1b[2J.json", "A=B") == 1
    said = capsys.readouterr().err
    assert SHOWN in said
    assert "\x1b" not in said
    assert "\x9b" not in said
    assert "\nError: forged" not in said.split("Warning")[0]
    assert HOSTILE in [speaker.id for speaker in load(tmp_path / "talk\x1b[31m.json").speakers]


@pytest.mark.parametrize("arguments", [("convert", "--json", "-o", "-"), ("rename", "A=B", "-o", "-")])
def test_a_result_on_a_terminal_is_escaped_and_elsewhere_is_not(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """What programs read stays as it is."""
    speakers = (Speaker("A", "Ana\x9b31m"),)
    words = (Word("Hi\x9b2J", 0.0, 1.0, "A"),)
    talk = Transcript(words, (Turn(0.0, 1.0, "A"),), speakers=speakers, media=Media("t", 1.0)).save(tmp_path / "t.json")
    command = [sys.executable, "-c", "from speakerplug.cli import run; run()", arguments[0], str(talk), *arguments[1:]]
    piped = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    assert "\x9b2J" in piped
    terminal, theirs = os.openpty()
    with subprocess.Popen(command, stdout=theirs, stderr=subprocess.DEVNULL) as process:
        os.close(theirs)
        shown = b""
        while part := _read(terminal):
            shown += part
        assert process.wait() == 0
    os.close(terminal)
    assert "\\u009b2J" in shown.decode()
    assert "\x9b" not in shown.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # how Linux says that nobody writes to it any more
        return b""
