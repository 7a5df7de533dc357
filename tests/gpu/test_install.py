"""SpeakerPlug as it comes on a machine with a GPU: what is missing is said, and all that is there computes."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from speakerplug.devices.cuda_libraries import cublas_of_ctranslate2
from tests.gpu.machine import speakerplug
from tests.recordings import TALK

pytestmark = pytest.mark.gpu


@pytest.mark.usefixtures("torch_gpu")
def test_transcribe_without_cublas_warns_once_and_uses_the_cpu(tmp_path: Path, figures: dict[str, Any]) -> None:
    """One line names the library and the command that installs it; words and speakers are there all the same."""
    options = ("--vtt", "--model", "tiny.en", "--diarizer", "bundled", "--output", tmp_path)
    name = cublas_of_ctranslate2() or ""
    folders = os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)
    without = os.pathsep.join(folder for folder in folders if not Path(folder, name).is_file())
    done = speakerplug("transcribe", TALK, *options, LD_LIBRARY_PATH=without)
    if "cublas" not in done.stderr:
        pytest.skip("CTranslate2's cuBLAS is installed here")
    figures["said"] = done.stderr.strip().splitlines()
    assert done.returncode == 0
    assert done.stderr.count(name) == 1
    assert 'pip install "speakerplug[cuda]"' in done.stderr
    assert "<v " in (tmp_path / "talk.vtt").read_text(encoding="utf-8")


@pytest.mark.usefixtures("gpu")
def test_doctor_on_gpu_finds_that_both_engines_compute(figures: dict[str, Any]) -> None:
    """Torch and CTranslate2 both compute on cuda:0; the first time CTranslate2's kernels may be compiled."""
    for run in ("first", "second"):
        start = time.monotonic()
        done = speakerplug("doctor")
        figures[run + "_s"] = round(time.monotonic() - start, 1)
    said = [line for line in done.stdout.splitlines() if "cuda" in line.lower() or "gpu" in line.lower()]
    figures["said"] = said
    assert any("torch computes on cuda:0" in line for line in said)
    assert any("ctranslate2 computes on cuda:0" in line for line in said)
