"""The device manager of a child process loads once, and gives back what work leaves in torch's cache."""

from __future__ import annotations

import weakref
from typing import Any

import pytest

from speakerplug.devices import CPU, Device, Placement, probe
from speakerplug.devices.device import GB
from speakerplug.devices.probe import LocalProbe
from speakerplug.pipeline.isolation.child import ChildDeviceManager, Failed
from speakerplug.testing import SimulatedMachine, SimulatedModel
from tests.pipeline.isolation.stages import Model

GPU = Device("cuda", 0)


@pytest.fixture
def released(monkeypatch: pytest.MonkeyPatch) -> list[Device]:
    """Return the devices that were asked to give back what is in reserve."""
    devices: list[Device] = []
    monkeypatch.setattr(LocalProbe, "release", lambda self, device: devices.append(device))
    return devices


def test_run_releases_the_device_after_each_work(released: list[Device]) -> None:
    """After success and after an error, so that the parent does not count the child's cache as taken."""
    devices = ChildDeviceManager()
    devices.placement = Placement("diarizer", GPU)

    def fail(lease: Any) -> None:
        raise ValueError("no such speaker")

    first = devices.run(Model(), lambda lease: (released.copy(), lease.model))
    assert (first[0], released) == ([], [GPU])
    with pytest.raises(ValueError, match="no such speaker"):
        devices.run(Model(), fail)
    assert released == [GPU, GPU]


def test_run_that_fails_gives_back_what_its_frames_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """Torch can release only what is dead, and an error keeps alive what it came through (findings 2 and 12)."""

    class Activations:
        """Memory of failed work."""

    devices, kept = ChildDeviceManager(), list[weakref.ref[Activations]]()
    alive: list[object] = []
    monkeypatch.setattr(LocalProbe, "release", lambda self, device: alive.append(kept[0]()))

    def fail(lease: Any) -> None:
        held = Activations()
        kept.append(weakref.ref(held))
        raise RuntimeError("CUDA out of memory")

    with pytest.raises(RuntimeError, match="out of memory"):
        devices.run(Model(), fail)
    assert alive == [None]


def test_run_on_a_lost_gpu_raises_the_first_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a release fails because the device does, the parent is told what came before (finding 5)."""

    def release(self: LocalProbe, device: Device) -> None:
        raise RuntimeError("CUDA error: unknown error")

    def fail(lease: Any) -> None:
        raise RuntimeError("CUDA error: device-side assert triggered")

    monkeypatch.setattr(LocalProbe, "release", release)
    with pytest.raises(RuntimeError, match="device-side assert"):
        ChildDeviceManager().run(Model(), fail)


def test_device_for_is_where_the_parent_placed_the_stage() -> None:
    """Whatever engine and memory a stage asks for: the parent has planned with them."""
    devices = ChildDeviceManager()
    assert devices.device_for(("cuda", "cpu"), "recognizer", "ctranslate2", 2**30) == CPU
    devices.placement = Placement("recognizer", GPU)
    assert devices.device_for(("cuda", "cpu"), "recognizer", "ctranslate2", 2**30) == GPU


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (RuntimeError("CUDA failed with error out of memory"), MemoryError),
        (RuntimeError("GET was unable to find an engine to execute this computation"), MemoryError),
        (RuntimeError("CUDA error: device-side assert triggered"), RuntimeError),
    ],
)
def test_failed_raises_in_the_parent_what_it_treats_alike(error: Exception, raised: type[Exception]) -> None:
    """Out of memory is a MemoryError, and the words of a lost device go on to the parent."""
    again = Failed.from_error(error).raised()
    assert type(again) is raised
    assert str(error) in str(again)


@pytest.mark.parametrize("fails", [False, True])
def test_child_gives_torchs_cache_back_after_each_work(monkeypatch: pytest.MonkeyPatch, fails: bool) -> None:
    """What it keeps in reserve is there for the parent's next model, after failed work too (finding 12)."""
    machine = SimulatedMachine(4 * GB)
    with machine.child() as child:
        monkeypatch.setattr(probe, "LocalProbe", lambda: child)
        model, devices = SimulatedModel(child, "model", item_bytes=2 * GB), ChildDeviceManager()
        devices.placement = Placement("model", GPU, need=model.need("cuda", "float32", 1))
        assert devices.run(model, model.work) == 1
        assert machine.free_bytes(GPU) == 3 * GB
        if fails:
            machine.fails = lambda number: True
            with pytest.raises(RuntimeError, match="out of memory"):
                devices.run(model, model.work)
        assert (machine.free_bytes(GPU), child.cached("torch", GPU)) == (3 * GB, 0)
    assert machine.free_bytes(GPU) == 4 * GB
