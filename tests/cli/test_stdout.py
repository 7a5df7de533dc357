"""The output of the command line: without tokens, and without control characters on a terminal."""

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
    """Yield a hub that repeats the token in each of its answers, which are all refusals."""
    standin = StandInHub({"owner/model": {"config.yaml": b"x"}}, echoes=True, fails=("/api/", 500))
    with standin.listening() as standin:
        connect(monkeypatch, standin.endpoint, tmp_path)
        yield standin


def test_escaped_replaces_control_characters_alone() -> None:
    """Line ends, tabs, accents, joined emoji and right-to-left text are not control characters."""
    assert escaped(HOSTILE) == SHOWN
    kept = "é\tü\n\r\n漢字 \u05d0\u200f👩\u200d👧 \u00a0"
    assert escaped(kept) == kept
    assert escaped("\udcff") == "\\udcff"
    assert cell("a\nb") == "a\\nb"


def test_fetch_verbose_from_a_hub_that_echoes_prints_no_token(
    run: Run, echoing: StandInHub, capsys: pytest.CaptureFixture[str]
) -> None:
    """With -v, which prints tracebacks."""
    assert run("fetch", "owner/model", "--hf-token", TOKEN, "-v") == 1
    captured = capsys.readouterr()
    assert "refused: Authorization: Bearer ***" in captured.err
    assert "Traceback" in captured.err
    assert TOKEN not in captured.out + captured.err


@pytest.mark.slow
def test_fetch_with_hf_token_prints_no_token(echoing: StandInHub, tmp_path: Path) -> None:
    """In a process of its own, in which other libraries log freely."""
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
    """Whichever library logs, and whichever handler formats."""
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
    """In tables, warnings and errors; files that programs read have the names unchanged."""
    diarizer.turns = turns((0.0, 1.0, HOSTILE), (1.1, 1.5, "B\nError: forged"))
    talk = write_wav(tmp_path / "talk\x1b[31m.wav", 2.0)
    assert run("diarize", talk, *FAKES[2:], "--timings") == 0
    assert run("transcribe", talk, *FAKES, "--name", f"C{HOSTILE}=x", "--json") == 0
    assert run("rename", tmp_path / "none\x1b[2J.json", "A=B") == 1
    printed = capsys.readouterr().err
    assert SHOWN in printed
    assert "\x1b" not in printed
    assert "\x9b" not in printed
    assert "\nError: forged" not in printed.split("Warning")[0]
    assert HOSTILE in [speaker.id for speaker in load(tmp_path / "talk\x1b[31m.json").speakers]


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [("convert", "--json", "-o", "-"), ("rename", "A=B", "-o", "-")])
def test_result_is_escaped_on_a_terminal_alone(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Programs read it unchanged."""
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
    except OSError:  # Linux raises it when the other end is closed
        return b""
