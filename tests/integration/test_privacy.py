"""Privacy of the whole stack: what a transcription looks up and leaves behind, beside what onnxruntime alone does."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.standins.lookups import Process
from tests.system.test_telemetry import can_report

pytestmark = pytest.mark.models

TALK = str(Path(__file__).parents[2] / "samples" / "talk.mp4")
COMMAND = (
    "import sys, time; from speakerplug.cli import main; code = main(sys.argv[1:]); time.sleep(12); sys.exit(code)"
)
HEARING = """
import time, numpy, onnxruntime
from faster_whisper.vad import get_speech_timestamps
get_speech_timestamps(numpy.zeros(16_000, numpy.float32))
time.sleep(60)
"""


def test_transcribe_offline_looks_nothing_up_and_leaves_no_files(tmp_path: Path) -> None:
    """Not even seconds later, which is when onnxruntime reports."""
    process = Process.within(tmp_path)
    options = ("--model", "tiny.en", "--diarizer", "bundled", "--device", "cpu", "--offline")
    process.run(COMMAND, "transcribe", TALK, *options, "-o", str(tmp_path / "talk.vtt"))
    assert process.looked_up() == set()
    assert not [file for file in process.files() if "Microsoft" in file or file.startswith("tmp/")]


def test_onnxruntime_alone_is_seen_by_the_recorder(tmp_path: Path) -> None:
    """The control: what is switched off does happen otherwise, and is recorded."""
    process = Process.within(tmp_path)
    expected = can_report() and process.is_native
    with process.start(HEARING) as hearing:
        until = time.monotonic() + (40 if expected else 1)
        while not process.looked_up() and time.monotonic() < until:
            time.sleep(0.1)
        hearing.kill()
    assert any(name.endswith("microsoft.com") for name in process.looked_up()) == expected
