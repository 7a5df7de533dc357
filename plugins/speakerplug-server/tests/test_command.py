"""`speakerplug serve`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from speakerplug.plugin import ModelError
from speakerplug.testing import FakeRecognizer
from speakerplug_server.service import Service
from speakerplug_server.settings import LOOPBACK, Settings
from tests.cli.conftest import FAKES, Run

SAMPLE = Path(__file__).parents[3] / "samples" / "talk.mp4"


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Service]:
    """Return the services that the command would run."""
    made: list[Service] = []
    monkeypatch.setattr("speakerplug_server.http.run", lambda app, service, socket: made.append(service))
    return made


def test_options_become_settings(run: Run, served: list[Service], tmp_path: Path) -> None:
    """All of them."""
    key = tmp_path / "key"
    key.write_text("correct-horse-battery\n")
    options = ("--labels", "dash", "--max-hours", "2", "--queue", "3", "--grace", "5", "--api-key-file", key)
    address = ("--host", "127.0.0.1", "--port", "0", "--allowed-host", "SpeakerPlug")
    models = ("--model", "small", "--model", "tiny")
    assert run("serve", *FAKES, *options, *address, *models, "--language", "German") == 0
    (service,) = served
    hosts = (*LOOPBACK, "127.0.0.1", "speakerplug")
    assert service.settings == Settings("dash", 3, 2.0, "correct-horse-battery", hosts, 5.0)
    assert service.transcribers.models[:2] == ("small", "tiny")
    assert [service.transcribers.model_of(name) for name in ("whisper-tiny", "tiny", "gpt-4o", None)] == [
        "tiny",
        "tiny",
        "small",
        "small",
    ]


def test_server_that_anyone_may_use_is_announced(
    run: Run, served: list[Service], capsys: pytest.CaptureFixture[str]
) -> None:
    """Beyond this machine, without a key."""
    assert run("serve", *FAKES, "--host", "0.0.0.0", "--port", "0") == 0
    assert "Anyone who reaches 0.0.0.0 may use this server" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "content", "message"),
    [
        (("--recognizer", "none"), "", "There is no recognizer"),
        (("--diarizer", "none"), "", "There is no diarizer"),
        (("--diarizer", "fake", "--device", "quda"), "", "There is no device"),
        (("--host", "203.0.113.1"), "", "Nothing can listen on 203.0.113.1"),
        (("--api-key-file", "{key}"), "short", "must be one word of 16 characters or more"),
        (("--api-key-file", "{key}.none"), "", "cannot be read"),
        (("--queue", "-1"), "", "--queue"),
        (("--port", "99999"), "", "--port"),
    ],
)
def test_invalid_options_are_one_sentence(
    run: Run,
    served: list[Service],
    options: tuple[str, ...],
    content: str,
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Before anything is served."""
    key = tmp_path / "key"
    key.write_text(content)
    assert run("serve", *FAKES, "--port", "0", *(each.format(key=key) for each in options)) == 2
    err = capsys.readouterr().err
    assert message in err
    assert "Traceback" not in err
    assert served == []


def test_serve_unusable_second_model_ends_before_a_request(
    run: Run, served: list[Service], recognizer: FakeRecognizer, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each model that requests may name is fetched at the start."""
    handles = iter((None, ModelError("There is no such model; name another one.")))

    def prepare(*_: object) -> None:
        """Know the first model only."""
        if (error := next(handles)) is not None:
            raise error

    recognizer.prepare = prepare  # type: ignore[method-assign]
    assert run("serve", *FAKES, "--port", "0", "--model", "small", "--model", "tiny.fr") == 1
    assert "There is no such model" in capsys.readouterr().err
    assert served == []


@contextmanager
def started(temporary: Path, *options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Yield the address of a server in a process of its own, and the process."""
    command = (sys.executable, "-m", "speakerplug", "serve", "--port", "0", *options)
    environment = {**os.environ, "TMPDIR": str(temporary)}
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stderr is not None
        line = next(line for line in process.stderr if "Serving on" in line)
        yield line.split()[2].rstrip(";"), process
    finally:
        process.kill()
        process.wait()


@pytest.mark.models
def test_server_answers_what_the_command_writes(tmp_path: Path) -> None:
    """With the real stack; killed, it leaves a folder that the next start removes, and SIGTERM ends it cleanly."""
    real = ("--model", "tiny.en", "--diarizer", "bundled", "--offline")
    for name in ("command", "temporary"):
        (tmp_path / name).mkdir()
    words = ("transcribe", str(SAMPLE), "--srt", "--json", "-o", str(tmp_path / "command"), "--no-checkpoint", *real)
    subprocess.run((sys.executable, "-m", "speakerplug", *words), check=True, capture_output=True)
    written: Any = json.loads((tmp_path / "command" / "talk.json").read_text())
    with started(tmp_path / "temporary", *real) as (url, _):
        assert len([*(tmp_path / "temporary").iterdir()]) == 1
        answer = httpx2.post(f"{url}/asr?output=srt", files={"audio_file": SAMPLE.open("rb")}, timeout=300)
        assert answer.text == (tmp_path / "command" / "talk.srt").read_text()
        fields = {"response_format": "verbose_json", "timestamp_granularities[]": "word"}
        found = httpx2.post(
            f"{url}/v1/audio/transcriptions", data=fields, files={"file": SAMPLE.open("rb")}, timeout=300
        ).json()
        assert [(word["word"], word["speaker"]) for word in found["words"]] == [
            (word["text"], word["speaker"]) for word in written["words"]
        ]
    left = [*(tmp_path / "temporary").iterdir()]
    assert len(left) == 1
    with started(tmp_path / "temporary", *real) as (url, process):
        assert left[0] not in [*(tmp_path / "temporary").iterdir()]
        silence = httpx2.post(
            f"{url}/asr?encode=false&output=srt", files={"audio_file": bytes(32_000 * 60)}, timeout=300
        )
        assert (silence.status_code, silence.text) == (200, "")
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert [*(tmp_path / "temporary").iterdir()] == []
