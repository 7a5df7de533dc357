"""A stage in a child process behaves as in this process, and leaves nothing behind."""

from __future__ import annotations

import logging
import multiprocessing
import threading
import time
from collections.abc import Iterator
from multiprocessing.shared_memory import SharedMemory
from types import SimpleNamespace

import numpy as np
import pytest

from speakerplug.devices import DeviceManager
from speakerplug.errors import Cancelled, ModelError, PluginError, UsageError
from speakerplug.media.waveform import SampleFile, Waveform
from speakerplug.pipeline.isolation import IsolatedDiarizer, process
from speakerplug.pipeline.options import Options
from speakerplug.pipeline.transcriber import Transcriber
from speakerplug.plugin.manager import Plugins
from speakerplug.plugin.roles import DiarizationRequest
from speakerplug.system.progress import ProgressEvent
from tests.pipeline.isolation.stages import Diarizer, Saving

AUDIO = Waveform.of(np.ones(1600, dtype=np.float32), name="ones.wav")

# Each child imports everything again, which takes seconds: the fast suite starts only one.
starts_children = pytest.mark.models


@pytest.fixture(autouse=True)
def _no_leftovers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Check that no test leaves a child or a block of shared memory; those of other programs may come and go."""
    created = []

    class Recorded(SharedMemory):
        """A block whose name is recorded."""

        def __init__(self, create: bool, size: int) -> None:
            super().__init__(create=create, size=size)
            created.append(self.name)

    monkeypatch.setattr(process, "SharedMemory", Recorded)
    yield
    assert not multiprocessing.active_children()
    for name in created:
        with pytest.raises(FileNotFoundError):
            SharedMemory(name)


def isolated(behavior: str) -> Transcriber:
    """Return a transcriber whose diarizer runs in a child."""
    options = Options(diarizer=Diarizer(behavior), isolate=True)
    return Transcriber(options, plugins=Plugins(), devices=DeviceManager("cpu", limits={}))


def answer(transcriber: Transcriber) -> str:
    """Return the answer of the diarizer."""
    return transcriber.diarize(AUDIO).turns[0].speaker


def test_isolated_diarizer_gets_samples_and_placement_and_answers(caplog: pytest.LogCaptureFixture) -> None:
    """Samples, model and batch size are the parent's; progress and log are forwarded; the model is loaded once."""
    caplog.set_level(logging.INFO, "speakerplug.told")
    reached: list[ProgressEvent] = []
    with isolated("tell") as transcriber:
        assert answer(transcriber) == "1600 True 8"
        transcriber.diarize(AUDIO, progress=reached.append)
    steps = [(event.step, event.completed, event.total) for event in reached if event.stage == "diarization"]
    assert steps == [("", 0.0, 1.0), ("telling", 1.0, 2.0), ("", 1.0, 1.0)]
    processes = [record.getMessage() for record in caplog.records if record.name == "speakerplug.told"]
    assert len(processes) == 2
    assert len(set(processes)) == 1


@starts_children
def test_isolated_diarizer_with_a_user_facing_error_raises_the_same() -> None:
    """Class and text are those of the child's error, and the child continues to work."""
    with isolated("refuse") as transcriber:
        for _ in range(2):
            with pytest.raises(ModelError, match="weights are damaged"):
                answer(transcriber)


@starts_children
def test_isolated_diarizer_with_an_unexpected_error_names_the_stage() -> None:
    """The message is the same as without isolation; the traceback of the child is among the causes."""
    with (
        isolated("break_down") as transcriber,
        pytest.raises(PluginError, match=r"Diarizer told failed .*surprise") as caught,
    ):
        answer(transcriber)
    assert "break_down" in str(caught.value.__cause__ and caught.value.__cause__.__cause__)


@starts_children
@pytest.mark.parametrize(("behavior", "batch"), [("run_out", 2), ("get_killed", 4)])
def test_isolated_diarizer_out_of_memory_continues_with_smaller_batches(behavior: str, batch: int) -> None:
    """A child that runs out of memory, or is killed for it, is tried again with smaller batches."""
    with isolated(behavior) as transcriber:
        assert answer(transcriber) == f"1600 True {batch}"


@starts_children
def test_isolated_diarizer_that_calls_exit_raises_and_prints_to_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    """sys.exit ends neither the child nor this process, and nothing is printed to stdout."""
    with (
        isolated("leave") as transcriber,
        pytest.raises(PluginError, match=r"Diarizer told failed .*it called sys\.exit\(0\)"),
    ):
        answer(transcriber)
    captured = capfd.readouterr()
    assert captured.out == ""
    assert {"leaving", "left"} <= set(captured.err.splitlines())


@starts_children
def test_isolated_diarizer_that_dies_raises_and_is_restarted() -> None:
    """Its end is an error with a user-facing message; the next recording gets a new child."""
    with isolated("die") as transcriber:
        for _ in range(2):
            with pytest.raises(PluginError, match=r"ended unexpectedly \(exit code 3\)"):
                answer(transcriber)


@starts_children
def test_isolated_diarizer_that_hangs_is_cancelled_soon() -> None:
    """Cancellation does not wait for a child that reports no progress."""
    with isolated("hang") as transcriber:
        cancel = threading.Event()
        threading.Timer(1.5, cancel.set).start()
        began = time.monotonic()
        with pytest.raises(Cancelled):
            transcriber.diarize(AUDIO, cancel=cancel)
        assert time.monotonic() - began < 10


def test_isolated_diarizer_that_cannot_be_pickled_is_refused() -> None:
    """A diarizer of a local class only works in this process."""

    class Local(Diarizer):
        """A class that no other process can import."""

    options = Options(diarizer=Local("tell"), isolate=True)
    transcriber = Transcriber(options, plugins=Plugins(), devices=DeviceManager("cpu", limits={}))
    with transcriber, pytest.raises(UsageError, match="choose it by name"):
        answer(transcriber)


@starts_children
def test_isolated_diarizer_saves_its_progress_in_the_parents_checkpoint() -> None:
    """The child has the records of earlier runs, and those that it saves reach the file of the parent."""
    records: list[dict[str, int]] = [{"before": 7}]
    checkpoint = SimpleNamespace(saved=lambda: [*records], save=records.append)
    devices, request = DeviceManager("cpu", limits={}), DiarizationRequest(checkpoint=checkpoint)
    for _ in range(2):
        found = IsolatedDiarizer(Saving(), Saving).diarize(AUDIO, request, devices, lambda *_: None)
        assert found.turns[0].speaker == str(tuple(records))
    devices.close()
    assert records == [{"before": 7}, {"before": 1}, {"before": 2}]


@starts_children
def test_isolated_stage_reads_a_long_recording_from_its_file() -> None:
    """Samples on disk are not copied to shared memory: the child gets the descriptor, again for each call."""
    file = SampleFile()
    file.write(0, AUDIO.samples)
    with isolated("tell") as transcriber:
        for _ in range(2):
            answered = transcriber.diarize(Waveform.stored(file, "ones.wav")).turns[0].speaker
            assert answered.startswith("1600 True")
        assert answer(transcriber).startswith("1600 True")
