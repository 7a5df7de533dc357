"""What is done when memory runs out or a device fails: on the imagined machine."""

from __future__ import annotations

import gc
import logging
import weakref

import pytest

from speakerplug.devices import CPU, Device, DeviceOptions, Lease, Placement
from speakerplug.devices.device import GB
from speakerplug.errors import DeviceError
from speakerplug.testing import SimulatedMachine, SimulatedModel
from tests.devices.machines import manager, pyannote, use, whisper

GPU = Device("cuda", 0)


def test_run_out_of_memory_again_and_again_takes_every_step_in_order(caplog: pytest.LogCaptureFixture) -> None:
    """Batches get smaller, then others leave, then precision falls, then the CPU; each step is said once."""
    machine = SimulatedMachine(24 * GB)
    heavy, other = whisper(machine), pyannote(machine)
    devices = manager(machine)
    devices.plan([heavy, other])
    use(devices, other)
    machine.fails = lambda number: True
    with caplog.at_level(logging.WARNING):
        assert use(devices, heavy) == ["cpu, int8, batch 8"]
    said = [record.getMessage().split("; ")[1] for record in caplog.records]
    batches = [f"going on with a batch of {size}." for size in (4, 2, 1)]
    assert said == [*batches, "going on alone on cuda:0.", "going on in int8_float16.", "going on without cuda:0."]
    machine.fails = lambda number: False
    caplog.clear()
    assert use(devices, heavy) == ["cpu, int8, batch 8"]
    assert caplog.records == []


def test_run_out_of_memory_plans_with_what_the_cache_gives_back() -> None:
    """Torch's cache is emptied before the next step is planned: there is room for a smaller precision on the GPU."""
    machine = SimulatedMachine(4 * GB, fails=lambda number: number == 3)
    types = {"cuda": ("float32", "float16"), "cpu": ("float32",)}
    model = SimulatedModel(machine, "model", item_bytes=5 * GB // 2, batch_sizes=(1,), precisions=types)
    assert use(manager(machine), model, model) == ["cuda:0, float32, batch 1", "cuda:0, float16, batch 1"]


def test_run_out_of_memory_with_other_models_runs_alone_afterwards() -> None:
    """Who has run out of memory in company has the GPU to itself from then on, and the other comes back after it."""
    machine = SimulatedMachine(24 * GB)
    heavy, other = whisper(machine), pyannote(machine)
    devices = manager(machine)
    devices.plan([heavy, other])
    use(devices, heavy, other)
    start = machine.allocations
    machine.fails = lambda number: number - start in (1, 2, 3, 4)
    assert use(devices, heavy, other, heavy) == [
        "cuda:0, float16, batch 1",
        "cuda:0, float32, batch 8",
        "cuda:0, float16, batch 1",
    ]
    assert other.history.count("offload") == 2
    assert not devices.plan([heavy, other]).concurrent


def test_run_out_of_memory_halfway_resumes_after_finished_work() -> None:
    """Work that fails halfway resumes after what is finished, with the smaller batch."""
    machine = SimulatedMachine(24 * GB, fails=lambda number: number == 4)
    model, done = whisper(machine), list[tuple[int, int]]()

    def work(lease: Lease) -> None:
        while len(done) < 5:
            size = model.work(lease)
            done.append((len(done), size))

    manager(machine).run(model, work)
    assert done == [(0, 8), (1, 8), (2, 4), (3, 4), (4, 4)]


def test_run_on_a_lost_gpu_leaves_it_with_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    """Both stages continue on the CPU, with one warning."""
    machine = SimulatedMachine(24 * GB)
    both = whisper(machine), pyannote(machine)
    devices = manager(machine)
    devices.plan(both)
    machine.lost.add(GPU)
    with caplog.at_level(logging.WARNING):
        assert use(devices, *both) == ["cpu, int8, batch 8", "cpu, float32, batch 8"]
    assert [record.getMessage() for record in caplog.records] == [
        "Recognizer: cuda:0 fails (CUDA error: the launch timed out and was terminated); going on without cuda:0."
    ]


def test_model_on_a_lost_gpu_is_neither_unloaded_nor_freed() -> None:
    """CTranslate2 would end the process if it were to free memory there."""

    class Engine:
        """What CTranslate2's destructor belongs to."""

    kept = list[weakref.ref[Engine]]()

    class Model(SimulatedModel):
        def load(self, placement: Placement) -> dict[str, object]:
            if placement.device == CPU:
                return {"device": CPU, "placement": placement}
            engine = Engine()
            kept.append(weakref.ref(engine))
            return {"device": placement.device, "placement": placement, "engine": engine}

        def unload(self, model: object) -> None:
            raise AssertionError("it must be left as it is")

    machine = SimulatedMachine(24 * GB)
    devices, model = manager(machine), Model(machine, "model")

    def work(lease: Lease) -> str:
        if lease.device == GPU:
            machine.lost.add(GPU)
            raise RuntimeError("CUDA error: device-side assert triggered")
        return str(lease.device)

    assert devices.run(model, work) == "cpu"
    gc.collect()
    assert [one() is not None for one in kept] == [True]


def test_run_on_a_device_that_was_asked_for_does_not_leave_it() -> None:
    """A requested GPU that is lost, or for which no step of the fallback is left, is an error with a hint."""
    for fail in ("lost", "memory"):
        machine = SimulatedMachine(24 * GB)
        devices = manager(machine, device_options=DeviceOptions(GPU))
        model = whisper(machine)
        use(devices, model)
        if fail == "lost":
            machine.lost.add(GPU)
        else:
            machine.fails = lambda number: True
        with pytest.raises(DeviceError, match=r"Recognizer failed on cuda:0, .*; choose another --device"):
            use(devices, model)


def test_run_with_another_error_raises_it() -> None:
    """An error that no other device would cure is raised unchanged, and the model can be used afterwards."""
    machine = SimulatedMachine(24 * GB)
    devices, model = manager(machine), pyannote(machine)

    def work(lease: Lease) -> None:
        raise ValueError("no such speaker")

    with pytest.raises(ValueError, match="no such speaker"):
        devices.run(model, work)
    assert use(devices, model) == ["cuda:0, float32, batch 8"]


def test_run_out_of_memory_under_a_limit_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing else cures the lack of memory on the CPU, the hint is to raise the limit that is set."""
    monkeypatch.setattr("speakerplug.devices.failures.memory_limit", lambda: 3_000_000_000)
    machine = SimulatedMachine()

    def starved(*asked: object) -> None:
        raise MemoryError

    monkeypatch.setattr(machine, "allocate", starved)
    with pytest.raises(DeviceError, match=r"memory is limited to 3\.0 GB \(ulimit -v\): choose more"):
        use(manager(machine, device_options=DeviceOptions(CPU)), whisper(machine))
