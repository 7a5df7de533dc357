"""Running a pipeline: what goes in, what comes out, and what is told meanwhile."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from speakerplug.devices import DeviceManager
from speakerplug.diarizers.pyannote.diarizer import PyannoteDiarizer, diarization_of
from speakerplug.errors import Cancelled
from speakerplug.plugin.roles import DiarizationRequest
from speakerplug.testing import check_diarization, silence, turns
from speakerplug.transcript import Turn


class Annotation:
    """What pyannote calls turns: segments, each with a track and a label."""

    def __init__(self, *spans: tuple[float, float, str]) -> None:
        self._spans = spans

    def itertracks(self, yield_label: bool) -> Any:
        for start, end, label in self._spans:
            yield SimpleNamespace(start=np.float32(start), end=np.float32(end)), "track", label

    def labels(self) -> list[str]:
        return sorted({label for _, _, label in self._spans})


@dataclass
class Feature:
    """What pyannote calls numbers over time."""

    data: Any
    sliding_window: Any = field(default_factory=lambda: SimpleNamespace(start=0.0, duration=0.5, step=0.25))


@dataclass
class Pipeline:
    """A pipeline that hears the same in every recording."""

    output: Any
    files: list[dict[str, Any]] = field(default_factory=list)
    bounds: list[dict[str, Any]] = field(default_factory=list)

    def to(self, device: Any) -> None:
        self.device = str(device)

    def __call__(self, file: dict[str, Any], hook: Any, **bounds: Any) -> Any:
        self.files.append(file)
        self.bounds.append(bounds)
        hook("segmentation", None, file=file, total=2, completed=1)
        hook("segmentation", Feature(np.ones((2, 5, 2))), file=file)
        count = Feature(np.ones((6, 1)))
        hook("speaker_counting", count, file=file)
        hook("embeddings", np.ones((1, 3)), file=file, total=3, completed=0)
        hook("embeddings", np.ones((2, 2, 3)), file=file)
        count.data = np.zeros((6, 1))  # as pyannote caps it afterwards
        hook("discrete_diarization", Feature(np.array([[1.0, 0, 1]] * 6)), file=file)
        return self.output


OVERLAPPING = Annotation((2.0, 4.0, "B"), (0.0, 3.0, "A"), (5.0, 5.0, "A"))


def diarized(pipeline: Pipeline, request: DiarizationRequest | None = None, progress: Any = None) -> Any:
    diarizer = PyannoteDiarizer("test", lambda: pipeline)
    given = progress or (lambda step, completed, total: None)
    return diarizer.diarize(silence(6.0), request or DiarizationRequest(), DeviceManager("cpu"), given)


def test_regular_and_exclusive_turns_come_back_in_order() -> None:
    """Both kinds are kept apart, as plain floats by start; empty turns are left out."""
    exclusive = Annotation((3.0, 4.0, "B"), (0.0, 3.0, "A"))
    output = SimpleNamespace(speaker_diarization=OVERLAPPING, exclusive_speaker_diarization=exclusive)
    diarization = diarized(Pipeline(output))
    assert diarization.turns == turns((0.0, 3.0, "A"), (2.0, 4.0, "B"))
    assert diarization.exclusive == turns((0.0, 3.0, "A"), (3.0, 4.0, "B"))
    assert type(diarization.turns[0].start) is float
    assert not diarization.derived
    check_diarization(diarization, 6.0)


@pytest.mark.parametrize(
    "output", [OVERLAPPING, SimpleNamespace(speaker_diarization=OVERLAPPING, exclusive_speaker_diarization=None)]
)
def test_a_pipeline_without_exclusive_turns_gets_them_derived(output: Any) -> None:
    """A bare annotation, as 3.x pipelines give it, is made exclusive, and is marked so."""
    diarization = diarization_of(output)
    assert diarization.turns == turns((0.0, 3.0, "A"), (2.0, 4.0, "B"))
    assert diarization.exclusive == (Turn(0.0, 3.0, "A"), Turn(3.0, 4.0, "B"))
    assert diarization.derived


def test_the_samples_go_in_as_they_are() -> None:
    """In memory, one channel, without a copy, and with the name of the recording."""
    pipeline = Pipeline(OVERLAPPING)
    waveform = silence(1.0, name="talk.wav")
    PyannoteDiarizer("test", lambda: pipeline).diarize(
        waveform, DiarizationRequest(), DeviceManager("cpu"), lambda *report: None
    )
    (file,) = pipeline.files
    assert tuple(file["waveform"].shape) == (1, 16_000)
    assert np.shares_memory(file["waveform"].numpy(), waveform.samples)
    assert (file["sample_rate"], file["uri"]) == (16_000, "talk.wav")


def test_steps_are_reported_in_words() -> None:
    """Each step is reported as it is counted and when it is done, what pyannote does not name by a name of ours."""
    told: list[tuple[str, float, float]] = []
    diarized(Pipeline(OVERLAPPING), progress=lambda *report: told.append(report))
    assert told == [
        ("segmentation", 1.0, 2.0),
        ("segmentation", 1.0, 1.0),
        ("speaker counting", 1.0, 1.0),
        ("embeddings", 0.0, 3.0),
        ("embeddings", 1.0, 1.0),
        ("clustering", 0.0, 1.0),
        ("clustering", 1.0, 1.0),
        ("turns", 0.0, 1.0),
        ("turns", 1.0, 1.0),
    ]


def test_what_is_computed_on_the_way_is_kept_when_asked_for() -> None:
    """Each step's last artifact as it was then; columns of nobody are left out, centroids follow the speakers."""
    centroids = np.array([[1.0, 0.0], [0.0, 1.0]])
    output = SimpleNamespace(
        speaker_diarization=OVERLAPPING, exclusive_speaker_diarization=None, speaker_embeddings=centroids
    )
    kept = diarized(Pipeline(output), DiarizationRequest(keep_artifacts=True)).artifacts
    assert kept.segmentation.data.shape == (2, 5, 2)
    assert kept.speaker_count.data.tolist() == [1] * 6
    assert kept.diarization.data.tolist() == [[1, 1]] * 6
    assert kept.diarization.times.tolist() == [0.25, 0.5, 0.75, 1.0, 1.25, 1.5]
    assert kept.embeddings.shape == (2, 2, 3)
    assert (kept.speakers, kept.centroids.tolist()) == (("A", "B"), centroids.tolist())
    assert diarized(Pipeline(output)).artifacts is None


def test_progress_can_stop_it() -> None:
    """What progress raises comes back to the caller as it is."""

    def stop(step: str, completed: float, total: float) -> None:
        raise Cancelled("Enough.")

    with pytest.raises(Cancelled):
        diarized(Pipeline(OVERLAPPING), progress=stop)


def test_bounds_are_passed_on_and_missing_speakers_are_said(caplog: pytest.LogCaptureFixture) -> None:
    """The request reaches the pipeline; where it finds fewer speakers than asked for, a warning says so."""
    pipeline = Pipeline(OVERLAPPING)
    with caplog.at_level(logging.WARNING):
        diarized(pipeline, DiarizationRequest(min_speakers=2, max_speakers=4))
        assert not caplog.records
        diarized(pipeline, DiarizationRequest(num_speakers=3))
    assert pipeline.bounds == [
        {"min_speakers": 2, "max_speakers": 4},
        {"num_speakers": 3},
    ]
    assert [record.getMessage().partition(";")[0] for record in caplog.records] == ["Found 2 of at least 3 speakers"]


def test_a_pipeline_is_fetched_with_progress_then_loaded_once() -> None:
    """The download is told where to report; equal keys share what is loaded, on the device that was chosen."""
    calls: list[str] = []
    pipeline = Pipeline(OVERLAPPING)

    def fetch(progress: Any) -> None:
        calls.append("fetch")
        progress("download", 1.0, 1.0)

    def load() -> Pipeline:
        calls.append("load")
        return pipeline

    devices = DeviceManager("cpu")
    told: list[str] = []
    for name in ("one", "two"):
        diarizer = PyannoteDiarizer(name, load, key="same", fetch=fetch)
        diarizer.diarize(silence(), DiarizationRequest(), devices, lambda step, *rest: told.append(step))
    assert calls == ["fetch", "load", "fetch"]
    assert told[0] == "download"
    assert pipeline.device == "cpu"


def test_telemetry_is_off_in_every_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where somebody switched it on in between."""
    monkeypatch.setenv("PYANNOTE_METRICS_ENABLED", "1")
    diarized(Pipeline(OVERLAPPING))
    assert os.environ["PYANNOTE_METRICS_ENABLED"] == "0"
