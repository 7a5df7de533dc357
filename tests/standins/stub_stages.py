"""A plugin with stages that need no model, to be found by worker processes: `installed` makes a folder for PYTHONPATH.

Words and turns depend on the samples alone. What is to go wrong is in the name of a recording: `kills` ends the
process, `hangs` never ends, `raises` is an error. SPEAKERPLUG_STUB_SLEEP_S is how long the recognizer sleeps.
"""

from __future__ import annotations

import os
import shutil
import signal
import time
import wave
from pathlib import Path
from typing import Any

import numpy as np

from speakerplug.plugin import (
    Diarization,
    DiarizerRegistration,
    Recognition,
    RecognizerRegistration,
    Turn,
    Word,
    hookimpl,
)

STUB = "stub"
SLEEP = "SPEAKERPLUG_STUB_SLEEP_S"
OPTIONS = ("--recognizer", STUB, "--diarizer", STUB, "--device", "cpu")
"""Options of the command line that choose these stages."""


class StubRecognizer:
    """A recognizer that returns a word a second, named after the loudness there."""

    name = STUB

    def prepare(self, devices: Any, progress: Any) -> None:
        """Do nothing."""

    def recognize(self, waveform: Any, request: Any, devices: Any, progress: Any) -> Recognition:
        """Return a word for each second, or go wrong."""
        time.sleep(float(os.environ.get(SLEEP, "0")))
        if "kills" in waveform.name:
            os.kill(os.getpid(), signal.SIGKILL)
        if "hangs" in waveform.name:
            time.sleep(600)
        if "raises" in waveform.name:
            raise RuntimeError("nothing can be recognized here")
        samples = waveform.samples
        loud = [int(1000 * float(np.abs(samples[at : at + 16_000]).mean())) for at in range(0, len(samples), 16_000)]
        words = tuple(
            Word(f"word{each}", at + 0.1, at + 0.4) for at, each in enumerate(loud) if at + 0.5 < waveform.duration
        )
        return Recognition(words, request.language or "en", STUB)


class StubDiarizer:
    """A diarizer with two speakers that alternate each second."""

    name = STUB

    def prepare(self, devices: Any, progress: Any) -> None:
        """Do nothing."""

    def diarize(self, waveform: Any, request: Any, devices: Any, progress: Any) -> Diarization:
        """Return a turn for each second."""
        starts = range(int(waveform.duration))
        turns = tuple(Turn(float(at), at + 1.0, f"SPEAKER_{at % 2:02d}") for at in starts)
        return Diarization(turns, turns)


@hookimpl
def register_recognizers(register: Any) -> None:
    """Offer the recognizer."""
    register(RecognizerRegistration(STUB, lambda settings: StubRecognizer()))


@hookimpl
def register_diarizers(register: Any) -> None:
    """Offer the diarizer."""
    register(DiarizerRegistration(STUB, lambda settings: StubDiarizer()))


def installed(folder: Path) -> Path:
    """Return a folder in which Python finds this plugin, made below `folder`."""
    place = folder / "stubs"
    about = place / "stub_stages-1.0.dist-info"
    about.mkdir(parents=True)
    shutil.copy(__file__, place / "stub_stages.py")
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: stub-stages\nVersion: 1.0\n", encoding="ascii")
    (about / "entry_points.txt").write_text("[speakerplug]\nstub = stub_stages\n", encoding="ascii")
    return place


def write_clip(path: Path, seconds: float = 1.0, seed: int = 0) -> Path:
    """Write a short WAV of noise; the same for the same seed."""
    samples = np.random.default_rng(seed).integers(-3000, 3000, round(16_000 * seconds)).astype("<i2")
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(samples.tobytes())
    return path
