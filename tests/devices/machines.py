"""Inventories and stages for tests of plans, and models on a simulated machine for tests of the manager."""

from __future__ import annotations

from collections.abc import Mapping

from speakerplug.devices import (
    CPU,
    Device,
    DeviceManager,
    DeviceState,
    Inventory,
    Lease,
    MemoryEstimate,
    ModelHandleBase,
    Placement,
)
from speakerplug.devices.device import GB, ON_CPU
from speakerplug.devices.simulated.model import WIDTH
from speakerplug.testing import SimulatedMachine, SimulatedModel

ANYTHING = {
    "torch": ("float32", "float16", "bfloat16"),
    "ctranslate2": ("float32", "float16", "int8", "int8_float16", "int8_float32"),
}
"""What both engines compute in on a recent GPU."""


class Stage(ModelHandleBase):
    """A stage of so many bytes of weights in float32, and so many an item; it cannot be loaded."""

    def __init__(
        self,
        stage: str,
        weights: int = GB,
        item: int = GB // 8,
        engine: str = "torch",
        kinds: tuple[str, ...] = ("cuda", "mps", "cpu"),
        precisions: Mapping[str, tuple[str, ...]] | None = None,
        batch_sizes: tuple[int, ...] = (8, 4, 2, 1),
    ) -> None:
        self.key = self.stage = stage
        self.engine, self.kinds, self.batch_sizes, self.precisions = engine, kinds, batch_sizes, precisions or {}
        self._weights, self._item = weights, item

    def need(self, kind: str, compute_type: str, batch_size: int) -> MemoryEstimate:
        width = WIDTH[compute_type]
        return MemoryEstimate(self._weights * width // 4, self._item * width // 4 * batch_size)

    def load(self, placement: Placement) -> None:
        raise AssertionError("a plan loads nothing")

    def unload(self, model: object) -> None:
        raise AssertionError("a plan unloads nothing")


def recognizer(weights: int = 6 * GB, item: int = GB // 2) -> Stage:
    """Half its size in float16, a quarter in 8 bits; knows no MPS."""
    types = {"cuda": ("float16", "int8_float16"), "cpu": ("int8", "float32")}
    return Stage("recognizer", weights, item, "ctranslate2", ("cuda", "cpu"), types)


def diarizer(weights: int = GB // 4, item: int = GB // 8) -> Stage:
    """Small, in float32, wherever torch runs."""
    return Stage("diarizer", weights, item)


def machine(*gpu_gb: float, cores: int = 4, mps: bool = False) -> Inventory:
    """GPUs of these sizes, all free, and a CPU."""
    sizes = [round(size * GB) for size in gpu_gb]
    gpus = [
        DeviceState(Device("cuda", index), total_bytes=size, free_bytes=size, compute_types=ANYTHING)
        for index, size in enumerate(sizes)
    ]
    apple = [DeviceState(Device("mps"), compute_types={"torch": ("float32",)})] if mps else []
    host = DeviceState(CPU, total_bytes=64 * GB, free_bytes=64 * GB, compute_types=ON_CPU)
    return Inventory((*gpus, *apple, host), cores)


TYPES = {"cuda": ("float16", "int8_float16"), "cpu": ("int8",)}


def whisper(machine: SimulatedMachine, weights: int = 4 * GB) -> SimulatedModel:
    return SimulatedModel(machine, "recognizer", weights=weights, engine="ctranslate2", precisions=TYPES)


def pyannote(machine: SimulatedMachine, weights: int = GB) -> SimulatedModel:
    return SimulatedModel(machine, "diarizer", weights=weights)


def manager(machine: SimulatedMachine, **given: object) -> DeviceManager:
    return DeviceManager(probe=machine, **given)  # type: ignore[arg-type]


def use(devices: DeviceManager, *models: SimulatedModel) -> list[str]:
    """Use each once; where and how it ran."""
    ran: list[str] = []

    def work_of(model: SimulatedModel) -> None:
        def work(lease: Lease) -> None:
            model.work(lease)
            ran.append(str(lease.placement))

        devices.run(model, work)

    for model in models:
        work_of(model)
    return ran
