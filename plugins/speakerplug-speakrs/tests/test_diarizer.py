"""The diarizer with a stand-in for the wheel: what it asks for, what it returns, and what stops it."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from speakerplug.plugin import (
    Cancelled,
    DeviceError,
    DeviceManager,
    DiarizationRequest,
    DiarizerSettings,
    ModelError,
    UsageError,
)
from speakerplug.testing import Card, SimulatedMachine, check_diarization, silence, turns
from speakerplug_speakrs.diarizer import SpeakrsDiarizer
from tests.standins.speakrs import Result, Segment, SpeakrsError, StandIn

GB = 1024**3


def quietly(step: str, completed: float, total: float) -> None:
    """Ignore progress."""


def diarizer_of(folder: Path, **settings: Any) -> SpeakrsDiarizer:
    """Return the diarizer of a folder."""
    return SpeakrsDiarizer(DiarizerSettings(source=str(folder), **settings))


@pytest.fixture
def devices() -> DeviceManager:
    """Return a machine without a GPU."""
    return DeviceManager(probe=SimulatedMachine())


def test_diarize_returns_turns_that_end_with_the_recording(
    wheel: StandIn, folder: Path, devices: DeviceManager
) -> None:
    """speakrs counts the padding of its last window; both kinds of turns are its own."""
    wheel.result = Result(
        [Segment(2.0, 9.9, "B"), Segment(0.0, 2.5, "A"), Segment(6.0, 9.0, "A")],
        [Segment(0.0, 2.2, "A"), Segment(2.2, 9.9, "B")],
    )
    found = diarizer_of(folder).diarize(silence(5.0), DiarizationRequest(), devices, quietly)
    assert found.turns == turns((0.0, 2.5, "A"), (2.0, 5.0, "B"))
    assert found.exclusive == turns((0.0, 2.2, "A"), (2.2, 5.0, "B"))
    assert not found.derived
    check_diarization(found, duration=5.0)


def test_diarize_passes_the_samples_as_they_are(wheel: StandIn, folder: Path, devices: DeviceManager) -> None:
    """Without a copy; parameters are in the configuration."""
    waveform = silence(1.0)
    diarizer = diarizer_of(folder, parameters={"clustering.threshold": 0.4})
    diarizer.diarize(waveform, DiarizationRequest(), devices, quietly)
    (call,) = wheel.calls
    assert np.shares_memory(call["samples"], waveform.samples)
    assert call["config"].clustering.ahc.threshold == 0.4
    assert wheel.loaded == [("CPU", folder)]


@pytest.mark.parametrize("bound", ["num_speakers", "min_speakers", "max_speakers"])
def test_diarize_with_a_number_of_speakers_is_a_usage_error(
    wheel: StandIn, folder: Path, devices: DeviceManager, bound: str
) -> None:
    """speakrs takes none; ignoring it would be worse. Nothing is loaded."""
    with pytest.raises(UsageError, match="takes no bounds for it; leave out --num-speakers"):
        diarizer_of(folder).diarize(silence(1.0), DiarizationRequest(**{bound: 2}), devices, quietly)
    assert wheel.loaded == []


def test_diarize_whose_progress_raises_cancels_the_call_and_does_not_wait_for_it(
    wheel: StandIn, folder: Path, devices: DeviceManager
) -> None:
    """The token is set, and the error is raised although the networks of speakrs still compute."""
    wheel.finished.clear()

    def progress(step: str, completed: float, total: float) -> None:
        if wheel.calls:
            raise Cancelled("The work was canceled.")

    with pytest.raises(Cancelled):
        diarizer_of(folder).diarize(silence(1.0), DiarizationRequest(), devices, progress)
    assert wheel.calls[0]["token"].canceled.is_set()
    wheel.finished.set()


def test_diarize_reports_progress_in_the_thread_of_the_caller(
    wheel: StandIn, folder: Path, devices: DeviceManager
) -> None:
    """From the start to the end of one step."""
    reports = []
    diarizer_of(folder).diarize(
        silence(1.0),
        DiarizationRequest(),
        devices,
        lambda step, completed, total: reports.append((step, completed / total, threading.current_thread())),
    )
    assert {report[::2] for report in reports} == {("speakrs", threading.current_thread())}
    assert [report[1] for report in reports][:: len(reports) - 1] == [0.0, 1.0]


def test_diarize_that_fails_is_a_model_error_with_its_cause(
    wheel: StandIn, folder: Path, devices: DeviceManager
) -> None:
    """The original error is behind it, for -v."""
    wheel.fails = SpeakrsError("pipeline", "pipeline", "embedding shape mismatch")
    with pytest.raises(ModelError, match=r"speakrs failed \(pipeline: embedding shape mismatch\)") as caught:
        diarizer_of(folder).diarize(silence(1.0), DiarizationRequest(), devices, quietly)
    assert caught.value.__cause__ is not None
    assert caught.value.__cause__.__cause__ is wheel.fails


def test_diarize_on_a_gpu_without_memory_continues_on_the_cpu(
    wheel: StandIn, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The device manager understands what CUDA's driver says."""
    devices = DeviceManager(probe=SimulatedMachine(Card("T4", 15 * GB, (7, 5))))
    wheel.fails = SpeakrsError("pipeline", "pipeline", 'DriverError(CUDA_ERROR_OUT_OF_MEMORY, "out of memory")')
    with pytest.raises(DeviceError, match="out of memory"):  # the stand-in fails on the CPU, too
        diarizer_of(folder).diarize(silence(1.0), DiarizationRequest(), devices, quietly)
    assert [mode for mode, _ in wheel.loaded][-1] == "CPU"
    assert "ran out of memory" in caplog.text


def test_diarizer_with_a_step_of_two_seconds_is_fast_on_a_gpu_only(
    wheel: StandIn, folder: Path, devices: DeviceManager, caplog: pytest.LogCaptureFixture
) -> None:
    """On the CPU a warning says that the step is one second."""
    diarizer_of(folder, step_s=2.0).diarize(silence(1.0), DiarizationRequest(), devices, quietly)
    assert [record.levelno for record in caplog.records if "on the CPU it is 1 s" in record.message] == [
        logging.WARNING
    ]


@pytest.mark.parametrize(
    ("settings", "says"), [({"step_s": 0.5}, "is 1 s, or 2 s on a GPU, not 0.5"), ({"revision": "v1"}, "no revisions")]
)
def test_diarizer_with_an_impossible_setting_is_a_usage_error(
    wheel: StandIn, folder: Path, settings: dict[str, Any], says: str
) -> None:
    """When it is built, before any work."""
    with pytest.raises(UsageError, match=says):
        diarizer_of(folder, **settings)
