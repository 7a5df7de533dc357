"""The engine as a pipeline of pyannote takes audio in each form that pyannote's own pipelines take."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from speakerplug.media.waveform import SAMPLE_RATE
from tests.diarizers.single_pass.test_diarizer import VALUES
from tests.standins.networks import fake_networks, talk

ONE = talk(("A", 3.0), ("", 0.5), ("B", 3.0), ("", 0.7), ("A", 2.0))
OTHER = np.zeros_like(ONE)
TURNS = [(0.0, 3.0, "SPEAKER_00"), (3.5, 6.5, "SPEAKER_01"), (7.2, 9.2, "SPEAKER_00")]


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The pipeline with small networks, where torchcodec finds no FFmpeg."""
    from speakerplug.diarizers.single_pass.pyannote_pipeline import SinglePassPipeline

    monkeypatch.setattr("pyannote.audio.core.io.TORCHCODEC_AVAILABLE", False)
    return SinglePassPipeline("small", lambda placement: fake_networks(), VALUES)


def labels_and_times(output: Any) -> list[tuple[float, float, str]]:
    """Return the turns to a tenth of a second."""
    tracks = output.speaker_diarization.itertracks(yield_label=True)
    return [(round(segment.start, 1), round(segment.end, 1), label) for segment, _, label in tracks]


def in_memory(path: Path) -> Any:
    """Return samples, channels first."""
    import torch

    samples, rate = soundfile.read(path, dtype="float32")
    return {"waveform": torch.from_numpy(samples.T.copy()), "sample_rate": rate, "channel": 0}


@pytest.mark.parametrize(
    "form",
    [
        lambda path: {"audio": path, "channel": 0},
        lambda path: {"audio": path.open("rb"), "channel": 0},
        in_memory,
    ],
)
def test_pipeline_takes_a_channel_of_every_form(tmp_path: Path, pipeline: Any, form: Callable[[Path], Any]) -> None:
    """Of a file on disk, one that is open, and samples in memory, without an FFmpeg of the system."""
    soundfile.write(tmp_path / "talk.wav", np.stack([ONE, OTHER], axis=1), SAMPLE_RATE, "FLOAT")
    assert labels_and_times(pipeline(form(tmp_path / "talk.wav"))) == TURNS


def test_pipeline_takes_a_path_and_names_its_result_after_it(tmp_path: Path, pipeline: Any) -> None:
    """As pyannote's own does."""
    soundfile.write(tmp_path / "talk.wav", ONE, SAMPLE_RATE, "FLOAT")
    output = pipeline(str(tmp_path / "talk.wav"))
    assert output.speaker_diarization.uri == "talk"
    assert labels_and_times(output) == TURNS
