"""Privacy of the whole stack: a transcription offline looks up nothing and leaves no files."""

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
VAD = """
import time, numpy, onnxruntime
from faster_whisper.vad import get_speech_timestamps
get_speech_timestamps(numpy.zeros(16_000, numpy.float32))
time.sleep(60)
"""


def test_transcribe_offline_looks_up_nothing_and_leaves_no_files(tmp_path: Path) -> None:
    """This holds for the seconds afterwards, too, when ONNX Runtime would report."""
    process = Process.within(tmp_path)
    options = ("--model", "tiny.en", "--diarizer", "bundled", "--device", "cpu", "--offline")
    process.run(COMMAND, "transcribe", TALK, *options, "-o", str(tmp_path / "talk.vtt"))
    assert process.looked_up() == set()
    assert not [file for file in process.files() if "Microsoft" in file or file.startswith("tmp/")]


def test_onnxruntime_with_telemetry_is_recorded(tmp_path: Path) -> None:
    """As a control: without SpeakerPlug the lookups happen, and are recorded."""
    process = Process.within(tmp_path)
    expected = can_report() and process.is_native
    with process.start(VAD) as running:
        until = time.monotonic() + (40 if expected else 1)
        while not process.looked_up() and time.monotonic() < until:
            time.sleep(0.1)
        running.kill()
    assert any(name.endswith("microsoft.com") for name in process.looked_up()) == expected
