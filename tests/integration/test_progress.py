"""`--progress json` of the real stack in a process of its own: valid events and nothing else on stderr."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import events_in

pytestmark = pytest.mark.models

TALK = Path(__file__).parents[2] / "samples" / "talk.mp4"


def test_events_of_a_real_transcription_are_valid_and_stdout_has_the_result(tmp_path: Path) -> None:
    """Both stages report their steps, the share grows, and every line is an event of the schema."""
    options = ("--model", "tiny.en", "--diarizer", "bundled", "--device", "cpu", "--json", "-o", "-")
    command = [sys.executable, "-m", "speakerplug", "transcribe", str(TALK), *options, "--progress", "json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=True)
    assert json.loads(done.stdout)["words"]
    events = events_in(done.stderr)
    progress = [event for event in events if event["event"] == "progress"]
    steps = {(event["stage"], event["step"]) for event in progress}
    assert {("recognition", "recognition"), ("diarization", "segmentation"), ("decoding", "decoding")} <= steps
    shares = [event["share"] for event in progress]
    assert shares == sorted(shares)
    assert shares[-1] == 0.99
    assert [(event["path"]) for event in events if event["event"] == "output"] == ["-"]
    assert events[-1]["files"] == [{"file": str(TALK), "exit_code": 0}]
