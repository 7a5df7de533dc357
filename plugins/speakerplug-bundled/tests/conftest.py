"""Real speech, read once for all tests of real weights."""

from __future__ import annotations

from typing import Any

import pytest

from tests.recordings import call_path


@pytest.fixture(scope="session")
def call() -> dict[str, Any]:
    """Half a minute of a phone call at 16 kHz, as pyannote takes it from memory."""
    import soundfile
    import torch

    samples, _ = soundfile.read(call_path(), dtype="float32")
    return {"waveform": torch.from_numpy(samples)[None], "sample_rate": 16000, "uri": "call"}
