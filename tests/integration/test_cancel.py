"""Calls with real models are canceled soon in each stage, and the next one succeeds."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.recordings import TALK

pytestmark = pytest.mark.models

SCRIPT = """
import json, sys, threading, time
import speakerplug

def cancelled(ready, stage):
    cancel, at = threading.Event(), []
    def note(event):
        if event.stage == stage and not at:
            at.append(time.monotonic())
            cancel.set()
    try:
        ready.transcribe(sys.argv[1], progress=note, cancel=cancel)
    except speakerplug.Cancelled as error:
        return time.monotonic() - at[0], error.partial is not None
    return 99.0, False

with speakerplug.Transcriber(model="tiny.en", diarizer="bundled", device="cpu", concurrency="off") as ready:
    found = {stage: cancelled(ready, stage) for stage in ("decoding", "loading", "recognition", "diarization")}
    found["next"] = len(ready.transcribe(sys.argv[1]).words), True
cancel = threading.Event()
threading.Timer(1.0, cancel.set).start()
began = time.monotonic()
try:
    speakerplug.transcribe(sys.argv[1], cancel=cancel, model="tiny.en", diarizer="bundled", device="cpu")
except speakerplug.Cancelled:
    found["function"] = time.monotonic() - began - 1.0, False
print(json.dumps(found))
"""


def test_transcribe_cancelled_in_any_stage_ends_soon() -> None:
    """Within 2 s, also in a process that has loaded nothing yet; the words are kept, and the next call succeeds."""
    done = subprocess.run([sys.executable, "-c", SCRIPT, str(TALK)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    words, _ = found.pop("next")
    assert words > 20
    assert {stage: seconds for stage, (seconds, _) in found.items() if seconds >= 2.0} == {}, found
    assert found["diarization"][1], "the words are kept"
    assert set(found) == {"decoding", "loading", "recognition", "diarization", "function"}
