"""What was made before a fork says so in the forked process, instead of waiting for threads that are not there."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import os
import threading

import numpy as np

import speakerplug
from speakerplug.pipeline.background import BackgroundDiarization
from speakerplug.testing import FakeDiarizer, plugins_with, silence


class Slow(FakeDiarizer):
    def diarize(self, *given):
        begun.set()
        done.wait()
        return super().diarize(*given)


begun, done = threading.Event(), threading.Event()
ready = speakerplug.Transcriber(plugins=plugins_with(diarizer=Slow()), diarizer="fake", device="cpu")
speakers = BackgroundDiarization(ready, silence())
begun.wait()
child = os.fork()
if child == 0:
    for use in (
        lambda: ready.transcribe(silence()),
        lambda: ready.diarize(silence()),
        lambda: ready.attribute(silence(), ()),
        lambda: speakers.diarization,
        lambda: speakers.attribute(()),
    ):
        try:
            use()
        except speakerplug.SpeakerPlugError as error:
            print(type(error).__name__, error, flush=True)
    ready.close()
    os._exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
done.set()
print(speakers.diarization.turns)
ready.close()
"""


def test_what_was_made_before_a_fork_says_so_and_the_parent_goes_on() -> None:
    """Each use in the child is a UsageError with its remedy, and closing does nothing; the parent has its result."""
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60, check=False)
    *said, code, turns = done.stdout.splitlines()
    assert [line.split()[:4] for line in said] == [
        *3 * [["UsageError", "This", "Transcriber", "was"]],
        *2 * [["UsageError", "This", "diarization", "was"]],
    ], done.stderr
    assert all("make one in this process" in line for line in said)
    assert (code, turns) == ("7", "()")
