"""The child process, its device manager on a process of the simulated machine."""

from __future__ import annotations

import pytest

from speakerplug.devices import Device, Placement, probe
from speakerplug.devices.device import GB
from speakerplug.pipeline.isolation.child import ChildDeviceManager
from speakerplug.testing import SimulatedMachine, SimulatedModel

GPU = Device("cuda", 0)


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
