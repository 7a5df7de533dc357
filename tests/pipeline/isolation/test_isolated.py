"""A stage in a child process does what it does in ours, and leaves nothing behind."""

from __future__ import annotations

import logging
import multiprocessing
import threading
import time
from collections.abc import Iterator
from multiprocessing.shared_memory import SharedMemory

import numpy as np
import pytest

from speakerplug.devices import DeviceManager
from speakerplug.errors import Cancelled, ModelError, PluginError, UsageError
from speakerplug.pipeline.isolation import process
from speakerplug.pipeline.options import Options
from speakerplug.pipeline.transcriber import Transcriber
from speakerplug.plugin.manager import Plugins
from speakerplug.system.progress import ProgressEvent
from speakerplug.waveform import Waveform
from tests.pipeline.isolation.stages import Diarizer

SOUND = Waveform.of(np.ones(1600, dtype=np.float32), name="ones.wav")

# Each child imports all anew, which takes seconds: the fast suite starts one only.
starts_children = pytest.mark.models


@pytest.fixture(autouse=True)
def _nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test here leaves a child or a block of shared memory; those of other programs come and go meanwhile."""
    made = []

    class Noted(SharedMemory):
        """A block whose name is kept."""

        def __init__(self, create: bool, size: int) -> None:
            super().__init__(create=create, size=size)
            made.append(self.name)

    monkeypatch.setattr(process, "SharedMemory", Noted)
    yield
    assert not multiprocessing.active_children()
    for name in made:
        with pytest.raises(FileNotFoundError):
            SharedMemory(name)


def isolated(behavior: str) -> Transcriber:
    """A transcriber whose diarizer works in a child."""
    options = Options(diarizer=Diarizer(behavior), isolate=True)
    return Transcriber(options, plugins=Plugins(), devices=DeviceManager("cpu", limits={}))


def heard(transcriber: Transcriber) -> str:
    """What the diarizer had to tell."""
    return transcriber.diarize(SOUND).turns[0].speaker


def test_child_gets_samples_and_placement_and_answers(caplog: pytest.LogCaptureFixture) -> None:
    """Samples, model and batch are what the parent's plan says; progress and log come through; it is loaded once."""
    caplog.set_level(logging.INFO, "speakerplug.told")
    reached: list[ProgressEvent] = []
    with isolated("tell") as transcriber:
        assert heard(transcriber) == "1600 True 8"
        transcriber.diarize(SOUND, progress=reached.append)
    told = [(event.step, event.completed, event.total) for event in reached if event.stage == "diarization"]
    assert told == [("", 0.0, 1.0), ("telling", 1.0, 2.0), ("", 1.0, 1.0)]
    processes = [record.getMessage() for record in caplog.records if record.name == "speakerplug.told"]
    assert len(processes) == 2
    assert len(set(processes)) == 1


@starts_children
def test_child_with_an_error_for_the_user_raises_the_same() -> None:
    """Class and text are those of the child's error, and it works on."""
    with isolated("refuse") as transcriber:
        for _ in range(2):
            with pytest.raises(ModelError, match="weights are damaged"):
                heard(transcriber)


@starts_children
def test_child_with_any_other_error_names_the_stage_and_its_traceback() -> None:
    """As in process; the child's traceback is among the causes."""
    with (
        isolated("break_down") as transcriber,
        pytest.raises(PluginError, match=r"Diarizer told failed .*surprise") as caught,
    ):
        heard(transcriber)
    assert "break_down" in str(caught.value.__cause__ and caught.value.__cause__.__cause__)


@starts_children
@pytest.mark.parametrize(("behavior", "batch"), [("run_out", 2), ("get_killed", 4)])
def test_child_out_of_memory_goes_on_with_smaller_batches(behavior: str, batch: int) -> None:
    """A child that runs out of memory, or is killed for it, is tried again with smaller batches."""
    with isolated(behavior) as transcriber:
        assert heard(transcriber) == f"1600 True {batch}"


@starts_children
def test_child_that_calls_exit_is_an_error_and_prints_no_result(capfd: pytest.CaptureFixture[str]) -> None:
    """It ends neither itself nor us, and what it prints on the way goes to stderr."""
    with (
        isolated("leave") as transcriber,
        pytest.raises(PluginError, match=r"Diarizer told failed .*it called sys\.exit\(0\)"),
    ):
        heard(transcriber)
    captured = capfd.readouterr()
    assert captured.out == ""
    assert {"leaving", "left"} <= set(captured.err.splitlines())


@starts_children
def test_child_that_dies_is_an_error_and_is_started_again() -> None:
    """Its end is an error in plain words; the next recording gets a child of its own."""
    with isolated("die") as transcriber:
        for _ in range(2):
            with pytest.raises(PluginError, match=r"ended by itself \(exit code 3\)"):
                heard(transcriber)


@starts_children
def test_child_at_work_is_stopped_at_once() -> None:
    """Whoever stops does not wait for a child that reports nothing."""
    with isolated("hang") as transcriber:
        cancel = threading.Event()
        threading.Timer(1.5, cancel.set).start()
        began = time.monotonic()
        with pytest.raises(Cancelled):
            transcriber.diarize(SOUND, cancel=cancel)
        assert time.monotonic() - began < 10


def test_stage_that_cannot_be_sent_is_refused() -> None:
    """A diarizer made on the spot is for this process only."""

    class Local(Diarizer):
        """Nobody can import it."""

    options = Options(diarizer=Local("tell"), isolate=True)
    transcriber = Transcriber(options, plugins=Plugins(), devices=DeviceManager("cpu", limits={}))
    with transcriber, pytest.raises(UsageError, match="choose it by name"):
        heard(transcriber)
