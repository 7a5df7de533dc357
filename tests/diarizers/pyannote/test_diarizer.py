"""A pipeline runs: its input, its output, and its progress."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from speakerplug.devices import CPU, Device, DeviceManager, DeviceState, FixedProbe, Inventory, torch_state
from speakerplug.devices.device import GB
from speakerplug.diarizers.pyannote.diarizer import PipelineHandle, PyannoteDiarizer, diarization_of
from speakerplug.errors import Cancelled
from speakerplug.plugin.roles import DiarizationRequest
from speakerplug.testing import check_diarization, silence, turns
from speakerplug.transcript import Turn
from tests.devices.machines import ANYTHING


class Annotation:
    """A stand-in for pyannote's Annotation: segments, each with a track and a label."""

    def __init__(self, *spans: tuple[float, float, str]) -> None:
        self._spans = spans

    def itertracks(self, yield_label: bool) -> Any:
        for start, end, label in self._spans:
            yield SimpleNamespace(start=np.float32(start), end=np.float32(end)), "track", label

    def labels(self) -> list[str]:
        return sorted({label for _, _, label in self._spans})


@dataclass
class Feature:
    """A stand-in for pyannote's SlidingWindowFeature: values over time."""

    data: Any
    sliding_window: Any = field(default_factory=lambda: SimpleNamespace(start=0.0, duration=0.5, step=0.25))


@dataclass
class Pipeline:
    """A pipeline with the same output for every recording."""

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
        count.data = np.zeros((6, 1))  # as pyannote caps it later
        hook("discrete_diarization", Feature(np.array([[1.0, 0, 1]] * 6)), file=file)
        return self.output


OVERLAPPING = Annotation((2.0, 4.0, "B"), (0.0, 3.0, "A"), (5.0, 5.0, "A"))


def diarized(pipeline: Pipeline, request: DiarizationRequest | None = None, progress: Any = None) -> Any:
    diarizer = PyannoteDiarizer("test", lambda: pipeline)
    given = progress or (lambda step, completed, total: None)
    return diarizer.diarize(silence(6.0), request or DiarizationRequest(), DeviceManager("cpu"), given)


def test_diarize_returns_regular_and_exclusive_turns_in_order() -> None:
    """Both kinds are sorted by start, with plain floats; empty turns are dropped."""
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
def test_diarization_of_output_without_exclusive_turns_derives_them(output: Any) -> None:
    """The bare annotation of a 3.x pipeline is made exclusive, and marked as derived."""
    diarization = diarization_of(output)
    assert diarization.turns == turns((0.0, 3.0, "A"), (2.0, 4.0, "B"))
    assert diarization.exclusive == (Turn(0.0, 3.0, "A"), Turn(3.0, 4.0, "B"))
    assert diarization.derived


def test_diarize_with_turns_after_the_end_cuts_them() -> None:
    """pyannote's last window is padded with silence; what it finds there is no turn."""
    found = diarized(Pipeline(Annotation((1.0, 6.5, "A"), (6.2, 6.5, "B"))))
    assert found.turns == found.exclusive == (Turn(1.0, 6.0, "A"),)


def test_diarize_passes_the_samples_without_a_copy() -> None:
    """They are in memory, with one channel, and with the name of the recording."""
    pipeline = Pipeline(OVERLAPPING)
    waveform = silence(1.0, name="talk.wav")
    PyannoteDiarizer("test", lambda: pipeline).diarize(
        waveform, DiarizationRequest(), DeviceManager("cpu"), lambda *report: None
    )
    (file,) = pipeline.files
    assert tuple(file["waveform"].shape) == (1, 16_000)
    assert np.shares_memory(file["waveform"].numpy(), waveform.samples)
    assert (file["sample_rate"], file["uri"]) == (16_000, "talk.wav")


def test_diarize_reports_each_step() -> None:
    """Each step is reported while it is counted and when it is done, with names for the steps that pyannote omits."""
    reports: list[tuple[str, float, float]] = []
    diarized(Pipeline(OVERLAPPING), progress=lambda *report: reports.append(report))
    assert reports == [
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


def test_diarize_with_keep_artifacts_returns_them() -> None:
    """The last artifact of each step is kept as it was, without inactive columns; centroids follow the speakers."""
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


def test_diarize_with_progress_that_raises_stops() -> None:
    """The error of progress is raised unchanged."""

    def stop(step: str, completed: float, total: float) -> None:
        raise Cancelled("Enough.")

    with pytest.raises(Cancelled):
        diarized(Pipeline(OVERLAPPING), progress=stop)


def test_diarize_with_bounds_passes_them_and_warns_of_missing_speakers(caplog: pytest.LogCaptureFixture) -> None:
    """If the pipeline finds fewer speakers than requested, a warning says so."""
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


def test_diarize_fetches_with_progress_and_loads_equal_keys_once() -> None:
    """The download reports progress; pipelines with the same key share a model on the chosen device."""
    calls: list[str] = []
    pipeline = Pipeline(OVERLAPPING)

    def fetch(progress: Any) -> None:
        calls.append("fetch")
        progress("download", 1.0, 1.0)

    def load() -> Pipeline:
        calls.append("load")
        return pipeline

    devices = DeviceManager("cpu")
    reports: list[str] = []
    for name in ("one", "two"):
        diarizer = PyannoteDiarizer(name, load, key="same", fetch=fetch)
        diarizer.diarize(silence(), DiarizationRequest(), devices, lambda step, *rest: reports.append(step))
    assert calls == ["fetch", "load", "fetch"]
    assert reports[0] == "download"
    assert pipeline.device == "cpu"


@pytest.mark.parametrize("device", [Device("cuda", 1), Device("mps"), CPU], ids=str)
def test_diarize_on_a_cuda_device_computes_in_a_stream_of_its_own_without_tf32(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There recognition computes at the same time; elsewhere torch's switches stay as they are."""
    calls: list[object] = []

    @contextmanager
    def own_stream(device: Device) -> Iterator[None]:
        calls.append(device)
        yield
        calls.append("end")

    monkeypatch.setattr(torch_state, "own_stream", own_stream)
    monkeypatch.setattr(torch_state, "disable_tf32", lambda: calls.append("no TF32"))
    pipeline = Pipeline(OVERLAPPING)
    state = DeviceState(device, total_bytes=24 * GB, free_bytes=20 * GB, compute_types=ANYTHING)
    devices = DeviceManager(probe=FixedProbe(Inventory((state,))))
    PyannoteDiarizer("test", lambda: pipeline).diarize(silence(), DiarizationRequest(), devices, lambda *report: None)
    assert calls == [device, *["no TF32"] * (device.kind == "cuda"), "end"]
    assert pipeline.device == str(device)


def test_need_of_a_pipeline_is_what_a_gpu_took() -> None:
    """torch reserved 144 MB for one window and 2336 MB for 32, on an H200; and not twice that is planned."""
    handle = PipelineHandle("key", lambda: None)
    for batch_size, seen_mb in ((32, 2336), (1, 144)):
        planned_mb = handle.need("cuda", "float32", batch_size).total_bytes / 2**20
        assert seen_mb <= planned_mb <= 2 * seen_mb + 300
    assert (handle.sizes_on("cuda")[0], handle.sizes_on("cpu")[0]) == (32, 8)


def test_diarize_turns_telemetry_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """This holds even if it was turned on in between."""
    monkeypatch.setenv("PYANNOTE_METRICS_ENABLED", "1")
    diarized(Pipeline(OVERLAPPING))
    assert os.environ["PYANNOTE_METRICS_ENABLED"] == "0"
