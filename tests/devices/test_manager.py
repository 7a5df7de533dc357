"""The device manager: one place to hold models, each loaded once."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import pytest

from speakerplug.devices import (
    CPU,
    Device,
    DeviceManager,
    DeviceState,
    FixedProbe,
    Inventory,
    ModelHandleBase,
    Placement,
)
from speakerplug.errors import DeviceError
from tests.devices.machines import ANYTHING

GPU = Device("cuda", 0)


@dataclass
class Model(ModelHandleBase):
    """A model that counts what happens to it."""

    key: str = "model"
    kinds: tuple[str, ...] = ("cuda", "cpu")
    loaded: list[Device] = field(default_factory=list)
    unloaded: int = 0

    def load(self, placement: Placement) -> str:
        self.loaded.append(placement.device)
        return f"{self.key} on {placement.device}"

    def unload(self, model: str) -> None:
        self.unloaded += 1


def manager(device: str = "auto", *present: Device) -> DeviceManager:
    states = tuple(DeviceState(one, compute_types=ANYTHING) for one in (*present, CPU))
    return DeviceManager(device, probe=FixedProbe(Inventory(states)))


@pytest.mark.parametrize(
    ("asked", "present", "kinds", "expected"),
    [
        ("auto", (), ("cuda", "cpu"), CPU),
        ("auto", (GPU,), ("cuda", "cpu"), GPU),
        ("auto", (Device("mps"),), ("cuda", "cpu"), CPU),
        ("auto", (Device("mps"),), ("cuda", "mps", "cpu"), Device("mps")),
        ("cpu", (GPU,), ("cuda", "cpu"), CPU),
        ("cuda:1", (GPU, Device("cuda", 1)), ("cuda", "cpu"), Device("cuda", 1)),
        ("mps", (Device("mps"),), ("cuda", "cpu"), CPU),
    ],
)
def test_device_for_kinds_is_the_best_of_them(
    asked: str, present: tuple[Device, ...], kinds: tuple[str, ...], expected: Device
) -> None:
    """The device asked for, if the model knows such devices; else the first one present that it knows."""
    assert manager(asked, *present).device_for(kinds) == expected


def test_manager_for_a_missing_device_is_refused() -> None:
    """A requested GPU that does not exist is an error that lists the devices, not a silent fallback."""
    with pytest.raises(DeviceError, match=r"cuda:0 is not there; this machine has: cpu"):
        manager("cuda")


def test_hold_again_finds_the_model_loaded() -> None:
    """The second recording finds the model where the first left it."""
    devices, model = manager(), Model()
    for _ in range(3):
        with devices.hold(model) as lease:
            assert (lease.model, lease.device) == ("model on cpu", CPU)
    assert model.loaded == [CPU]
    assert devices.occupied == (CPU,)


def test_hold_with_an_equal_key_shares_the_model() -> None:
    """Two handles of one key are one model."""
    devices, first, second = manager(), Model(), Model()
    with devices.hold(first):
        pass
    with devices.hold(second) as lease:
        assert lease.model == "model on cpu"
    assert second.loaded == []


def test_close_unloads_everything() -> None:
    """After close nothing is loaded, and holding again loads again."""
    devices, model = manager(), Model()
    with devices.hold(model):
        pass
    devices.close()
    assert (model.unloaded, devices.occupied) == (1, ())
    with devices.hold(model):
        pass
    assert len(model.loaded) == 2


def test_hold_from_many_threads_loads_once_and_has_one_user() -> None:
    """A model has one user at a time, and is loaded once however many ask."""
    devices, model = manager(), Model()
    inside, most = 0, 0
    gate = threading.Barrier(8)

    def work() -> None:
        nonlocal inside, most
        gate.wait()
        for _ in range(50):
            with devices.hold(model):
                inside += 1
                most = max(most, inside)
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(model.loaded), most) == (1, 1)


def test_hold_after_a_failed_load_loads_again() -> None:
    """A failed load leaves nothing behind that looks loaded."""

    class Once(Model):
        def load(self, placement: Placement) -> str:
            if not self.loaded:
                self.loaded.append(placement.device)
                raise OSError("busy")
            return super().load(placement)

    devices, model = manager(), Once()
    with pytest.raises(OSError, match="busy"), devices.hold(model):
        pass
    with devices.hold(model) as lease:
        assert lease.model == "model on cpu"


def test_close_with_a_timeout_leaves_what_is_in_use() -> None:
    """A model in use stays loaded at the timeout; all others are unloaded."""
    held, resting = Model("held"), Model("resting")
    devices, used, done = manager(), threading.Event(), threading.Event()

    def use() -> None:
        with devices.hold(held):
            used.set()
            done.wait(30)

    user = threading.Thread(target=use)
    user.start()
    with devices.hold(resting):
        pass
    assert used.wait(30)
    devices.close(0.01)
    assert (held.unloaded, resting.unloaded) == (0, 1)
    done.set()
    user.join(30)
    devices.close()
    assert held.unloaded == 1
