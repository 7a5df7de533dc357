"""Any diarizer as a pipeline that pyannote.audio loads from a folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from speakerplug.diarizers.artifacts import Artifacts, Framed
from speakerplug.errors import ModelError, UsageError
from speakerplug.hosts.pipeline_folder import write_pipeline
from speakerplug.plugin import manager
from speakerplug.testing import FakeDiarizer, plugins_with, turns
from speakerplug.transcript import Diarization

TURNS = turns((0.0, 2.0, "SPEAKER_00"), (1.5, 3.0, "SPEAKER_01"))
EXCLUSIVE = turns((0.0, 1.75, "SPEAKER_00"), (1.75, 3.0, "SPEAKER_01"))


class Exposing(FakeDiarizer):
    """A fake that returns artifacts, with an embedding of the second speaker only."""

    def diarize(self, *arguments: Any) -> Diarization:
        """Return the turns and the artifacts."""
        found = super().diarize(*arguments)
        none = Framed(np.zeros((0, 0)), 0.0, 1.0, 1.0)
        artifacts = Artifacts(none, none, none, np.zeros((0, 0, 2)), np.array([[3.0, 4.0]]), ("SPEAKER_01",))
        return Diarization(found.turns, found.exclusive, artifacts)


Load = Callable[..., Any]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Return what writes a folder for a fake diarizer and loads it as other tools do."""

    def loaded(diarizer: FakeDiarizer, exclusive: bool = False) -> Any:
        """Return the pipeline of a new folder."""
        from pyannote.audio import Pipeline

        plugins = plugins_with(diarizer=diarizer)
        monkeypatch.setattr(manager, "load_plugins", lambda: plugins)
        return Pipeline.from_pretrained(str(write_pipeline(tmp_path / "folder", "fake", exclusive)), token=None)

    return loaded


def audio(seconds: float = 4.0) -> dict[str, Any]:
    """Return silence as WhisperX passes audio to a pipeline."""
    import torch

    return {"waveform": torch.zeros(1, round(seconds * 16_000)), "sample_rate": 16_000}


def segments(annotation: Any) -> list[tuple[float, float, str]]:
    """Return the turns of pyannote's annotation."""
    return [(segment.start, segment.end, label) for segment, _, label in annotation.itertracks(yield_label=True)]


def test_pipeline_from_a_folder_returns_what_the_diarizer_finds(load: Load) -> None:
    """Regular and exclusive turns; bounds and progress pass through; without artifacts there are no embeddings."""
    import torch

    diarizer, steps = FakeDiarizer(TURNS, EXCLUSIVE), []

    def hook(step: str, artifact: Any, file: Any, total: int, completed: int) -> None:
        """Keep the steps as pyannote's hooks get them."""
        steps.append((step, completed, total))

    pipeline = load(diarizer)
    assert pipeline.to(torch.device("cpu")) is pipeline
    output = pipeline(audio(), min_speakers=2, max_speakers=3, hook=hook)
    assert segments(output.speaker_diarization) == [(0.0, 2.0, "SPEAKER_00"), (1.5, 3.0, "SPEAKER_01")]
    assert segments(output.exclusive_speaker_diarization) == [(0.0, 1.75, "SPEAKER_00"), (1.75, 3.0, "SPEAKER_01")]
    assert output.speaker_embeddings is None
    (request,) = diarizer.requests
    assert (request.num_speakers, request.min_speakers, request.max_speakers) == (None, 2, 3)
    assert steps == [("segmentation", 0, 1), ("segmentation", 1, 1)]


def test_pipeline_with_exclusive_has_no_overlap_and_an_embedding_for_each_label(load: Load) -> None:
    """A speaker without an embedding has zeros, as pyannote has them, so that rows stay those of the labels."""
    output = load(Exposing(TURNS, EXCLUSIVE), exclusive=True)(audio())
    assert segments(output.speaker_diarization) == segments(output.exclusive_speaker_diarization)
    assert output.speaker_diarization.labels() == ["SPEAKER_00", "SPEAKER_01"]
    assert output.speaker_embeddings.tolist() == [[0.0, 0.0], [3.0, 4.0]]


def test_pipeline_with_impossible_bounds_raises_as_pyannote_does(load: Load) -> None:
    """A ValueError, before any work."""
    diarizer = FakeDiarizer(TURNS)
    with pytest.raises(ValueError, match="speakers"):
        load(diarizer)(audio(), min_speakers=3, max_speakers=2)
    assert not diarizer.requests


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"trust_model": True}, "no option 'trust_model'"),
        ({"artifacts": "/tmp"}, "no option 'artifacts'"),
        ({"exclusive": "no"}, "exclusive is 'no'"),
        ({"diarizer": {"pipeline": {"name": "os.system"}}}, "diarizer is"),
    ],
)
def test_pipeline_of_a_stranger_gets_no_trust(wrong: dict[str, Any], message: str) -> None:
    """A configuration can neither trust a model, nor write files, nor carry a pipeline that names other classes."""
    from speakerplug.hosts.pyannote import SpeakerPlugPipeline

    with pytest.raises(UsageError, match=message):
        SpeakerPlugPipeline(**wrong)


def test_pipeline_whose_diarizer_names_an_unknown_class_does_not_import_it(tmp_path: Path) -> None:
    """The folder that a configuration names is checked like one on the command line, without --trust-model."""
    from speakerplug.hosts.pyannote import SpeakerPlugPipeline

    (tmp_path / "config.yaml").write_text("pipeline: {name: evil_module.Pipeline}", encoding="utf-8")
    with pytest.raises(ModelError, match="evil_module"):
        SpeakerPlugPipeline(str(tmp_path), offline=True)(audio())


@pytest.mark.models
def test_pipeline_from_a_folder_with_the_bundled_diarizer_finds_two_speakers(tmp_path: Path) -> None:
    """On the conversation that comes with pyannote.audio: two speakers, with an embedding each."""
    from pyannote.audio import Pipeline

    from speakerplug.cli.doctor.decoding import sample

    pipeline = Pipeline.from_pretrained(write_pipeline(tmp_path / "folder", "bundled"))
    output = pipeline(str(sample()))
    assert output.speaker_diarization.labels() == ["SPEAKER_00", "SPEAKER_01"]
    assert output.speaker_embeddings.shape == (2, 192)
    assert not output.exclusive_speaker_diarization.get_overlap()
