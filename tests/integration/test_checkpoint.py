"""The real recognizer goes on after SIGKILL, and its words are those of an undisturbed run."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from speakerplug import Checkpoint, Transcriber
from tests.recordings import TALK

pytestmark = pytest.mark.models

OPTIONS = {"model": "tiny.en", "diarizer": None, "device": "cpu", "batch_size": 1}
KILLED = f"""
import os, signal, sys
from speakerplug import Checkpoint, Transcriber
def report(event):
    if event.stage == "recognition" and event.step and event.completed > 20:
        os.kill(os.getpid(), signal.SIGKILL)
with Checkpoint(sys.argv[1], after_s=0.0) as checkpoint:
    Transcriber(**{OPTIONS}).transcribe({str(TALK)!r}, progress=report, checkpoint=checkpoint)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_transcribe_after_sigkill_goes_on_to_the_same_words(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Texts, times and confidences, to the last bit; what was recognized is not recognized again."""
    path = tmp_path / "talk.speakerplug-checkpoint"
    killed = subprocess.run((sys.executable, "-c", KILLED, str(path)), check=False)
    assert killed.returncode == -signal.SIGKILL
    assert path.read_bytes().count(b" record recognition ") > 1
    with Transcriber(**OPTIONS) as transcriber:
        with caplog.at_level(logging.INFO, "speakerplug"), Checkpoint(path, after_s=0.0) as checkpoint:
            found = transcriber.transcribe(TALK, checkpoint=checkpoint)
        undisturbed = transcriber.transcribe(TALK)
    assert found.words == undisturbed.words
    assert [each for each in caplog.messages if "goes on at 0:00:" in each and not each.endswith("0:00:00.")]
    assert list(tmp_path.iterdir()) == []
