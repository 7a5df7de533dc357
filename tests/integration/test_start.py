"""What a command imports, and how it ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from speakerplug.devices.probe import CudaDriver
from tests.recordings import TALK

AFTERWARDS = """
import atexit, sys
heavy = {"torch", "torchaudio", "torchcodec", "pyannote", "lightning"}
atexit.register(lambda: print("imported:", sorted(heavy & sys.modules.keys())))
from speakerplug.__main__ import run
run()
"""


@pytest.mark.models
@pytest.mark.skipif(CudaDriver.status() == 0 or sys.platform == "darwin", reason="this machine may have a GPU")
def test_transcribe_without_speakers_imports_neither_torch_nor_pyannote(tmp_path: Path) -> None:
    """Words need CTranslate2, onnxruntime and PyAV alone, which is half a gigabyte and a second less."""
    options = ("--no-diarize", "--model", "tiny.en", "--vtt", "-o", str(tmp_path / "talk.vtt"))
    done = subprocess.run(
        [sys.executable, "-c", AFTERWARDS, "transcribe", str(TALK), *options], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "imported: []\n"), done.stderr
    assert (tmp_path / "talk.vtt").read_text().startswith("WEBVTT")
