"""Real speech that is always available: the sample talk, and the phone call that comes with pyannote.audio.

The open recordings next to the checkout, if there are any, are an addition.
"""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path

import numpy as np

from speakerplug.media.recording import read_waveform
from speakerplug.media.waveform import SAMPLE_RATE, Samples

ROOT = Path(__file__).parents[1]
TALK = ROOT / "samples" / "talk.mp4"
"""58 s of Ada and Ben, in turn."""

_OPEN = ROOT.parent / "shared" / "data"


def call_path() -> Path:
    """Return the path of 30 s of a phone call of two people, a WAV at 16 kHz."""
    found = importlib.util.find_spec("pyannote.audio")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "sample" / "sample.wav"


def open_recordings(*names: str) -> list[Path]:
    """Return the paths of those of the open recordings that are on this machine."""
    return [_OPEN / name for name in names if (_OPEN / name).is_file()]


@functools.cache
def three_speakers() -> Samples:
    """Return 16 s of three speakers in turn: Ada, Ben, and one of the call; 16 kHz, shape (n,)."""
    talk, call = read_waveform(TALK).samples, read_waveform(call_path()).samples
    return np.concatenate([_part(talk, 0.0, 10.2), np.zeros(SAMPLE_RATE, np.float32), _part(call, 10.9, 14.4)])


def _part(samples: Samples, start: float, end: float) -> Samples:
    part = samples[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)]
    return part / np.abs(part).max() / 2
