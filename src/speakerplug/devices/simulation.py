"""An imagined machine: GPUs with a ledger of memory, two allocators that do not see each other, and failures to order.

For tests of the device manager and of model handles, where there is no GPU. Nothing sleeps.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .device import ANYTHING, CPU, GB, ON_CPU, Device, DeviceState, Inventory
from .model_handle import Lease, MemoryEstimate, ModelHandleBase, Placement

WIDTH = {"float32": 4, "float16": 2, "bfloat16": 2, "int8_float32": 1, "int8_float16": 1, "int8": 1}
"""Bytes a weight by compute type."""


class OutOfMemoryError(RuntimeError):
    """What torch raises, without torch."""


@dataclass
class Ledger:
    """The memory of one device, in bytes, by who has it; `peak` is the most there ever was.

    What an engine frees stays in its cache, where only this engine finds it.
    """

    total: int
    in_use: Counter[str] = field(default_factory=Counter)
    cached: Counter[str] = field(default_factory=Counter)
    peak: int = 0

    @property
    def free(self) -> int:
        """What nobody has."""
        return self.total - self.in_use.total() - self.cached.total()

    def take(self, owner: str, size: int) -> bool:
        """Give `size` bytes to an owner, from its cache first; False if there is not so much."""
        from_cache = min(size, self.cached[owner])
        if size - from_cache > self.free:
            return False
        self.cached[owner] -= from_cache
        self.in_use[owner] += size
        self.peak = max(self.peak, self.total - self.free)
        return True

    def give_back(self, owner: str, size: int) -> None:
        """Put `size` bytes into the owner's cache."""
        assert size <= self.in_use[owner], f"{owner} frees more than it has"
        self.in_use[owner] -= size
        self.cached[owner] += size


class SimulatedMachine:
    """A machine with GPUs of `gpu_bytes` each, to be given to `DeviceManager(probe=...)`.

    `fails(number)` is asked at every allocation on a GPU, counted from 1, and makes it run out of memory. `injected`
    counts these; `surprises` counts the allocations that found the ledger full although nobody ordered it.
    """

    def __init__(
        self,
        *gpu_bytes: int,
        cores: int = 4,
        host_bytes: int = 64 * GB,
        fails: Callable[[int], bool] = lambda number: False,
    ) -> None:
        self.ledgers = {Device("cuda", index): Ledger(size) for index, size in enumerate(gpu_bytes)}
        self.ledgers[CPU] = Ledger(host_bytes)
        self.fails = fails
        self.lost: set[Device] = set()
        self.allocations = self.injected = self.surprises = 0
        self._cores = cores
        self._guard = threading.RLock()

    def inventory(self) -> Inventory:
        """The GPUs in order, then the CPU."""
        with self._guard:
            there = (device for device in self.ledgers if device not in self.lost)
            return Inventory(tuple(map(self._state, there)), self._cores)

    def free_bytes(self, device: Device) -> int:
        """What the ledger has left: the driver's account, caches are not free."""
        with self._guard:
            return self.ledgers[device].free

    def release(self, device: Device) -> None:
        """Empty torch's cache; CTranslate2's empties when it unloads. Raises what torch would on a lost device."""
        self._refuse_lost(device)
        self.empty_cache("torch", device)

    def empty_cache(self, engine: str, device: Device) -> None:
        """Have an engine hand its cache back."""
        with self._guard:
            self.ledgers[device].cached[engine] = 0

    def allocate(self, engine: str, device: Device, size: int) -> None:
        """Take memory as the engine would; raises what it would raise."""
        with self._guard:
            self._refuse_lost(device)
            ordered = False
            if device != CPU:
                self.allocations += 1
                ordered = self.fails(self.allocations)
                self.injected += ordered
            if not ordered and self.ledgers[device].take(engine, size):
                return
            self.surprises += not ordered
        if engine == "torch":
            raise OutOfMemoryError(f"CUDA out of memory. Tried to allocate {size} bytes.")
        raise RuntimeError("CUDA failed with error out of memory")

    def free(self, engine: str, device: Device, size: int) -> None:
        """Give memory back to the engine's cache."""
        with self._guard:
            self.ledgers[device].give_back(engine, size)

    @property
    def in_use(self) -> int:
        """The bytes that are taken on all devices, caches included."""
        with self._guard:
            return sum(ledger.total - ledger.free for ledger in self.ledgers.values())

    @property
    def violations(self) -> int:
        """How many devices ever gave more than they have."""
        return sum(ledger.peak > ledger.total or ledger.free < 0 for ledger in self.ledgers.values())

    def _refuse_lost(self, device: Device) -> None:
        if device in self.lost:
            raise RuntimeError("CUDA error: the launch timed out and was terminated")

    def _state(self, device: Device) -> DeviceState:
        ledger, types = self.ledgers[device], ON_CPU if device == CPU else ANYTHING
        return DeviceState(device, f"simulated {device}", ledger.total, ledger.free, compute_types=types)


class SimulatedModel(ModelHandleBase):
    """A model of so many `weights` and so many working bytes an item, which checks that it is used as it should be.

    `history` says what happened to it; `most_users` is how many ever used it at the same time.
    """

    def __init__(
        self,
        machine: SimulatedMachine,
        key: Hashable,
        *,
        weights: int = GB,
        item_bytes: int = GB // 8,
        engine: str = "torch",
        stage: str = "",
        kinds: tuple[str, ...] = ("cuda", "cpu"),
        batch_sizes: tuple[int, ...] = (8, 4, 2, 1),
        precisions: Mapping[str, tuple[str, ...]] | None = None,
        can_offload: bool = True,
    ) -> None:
        self.key, self.engine, self.stage = key, engine, stage or str(key)
        self.kinds, self.batch_sizes, self.precisions = kinds, batch_sizes, precisions or {}
        self.history: list[str] = []
        self.most_users = self._users = 0
        self._machine, self._weights, self._item_bytes, self._can_offload = machine, weights, item_bytes, can_offload

    def need(self, kind: str, compute_type: str, batch_size: int) -> MemoryEstimate:
        """As it was made; `weights` and items are those of float32, other types take their share."""
        width = WIDTH[compute_type]
        return MemoryEstimate(self._weights * width // 4, self._item_bytes * width // 4 * batch_size)

    def load(self, placement: Placement) -> Any:
        """Take the memory of the weights; what could not be had whole leaves nothing behind."""
        self._machine.allocate(self.engine, placement.device, placement.need.weights_bytes)
        self.history.append(f"load {placement}")
        return {"placement": placement, "device": placement.device}

    def unload(self, model: Any) -> None:
        """Give it all back, as CTranslate2 does; torch keeps its cache."""
        if model["device"] is not None:
            self._leave(model)
        self.history.append("unload")

    def to_host(self, model: Any) -> bool:
        """Leave the device."""
        if self._can_offload:
            self._leave(model)
            self.history.append("offload")
        return self._can_offload

    def to_device(self, model: Any, placement: Placement) -> None:
        """Take the memory again."""
        self._machine.allocate(self.engine, placement.device, placement.need.weights_bytes)
        model["device"] = placement.device
        self.history.append(f"return {placement.device}")

    def work(self, lease: Lease) -> int:
        """Use the model once: take the working memory of a batch and free it; the batch size is the result."""
        self._users += 1
        self.most_users = max(self.most_users, self._users)
        try:
            placement = lease.placement
            assert lease.model["device"] == placement.device, "the model is not where the lease says"
            self._machine.allocate(self.engine, placement.device, placement.need.working_bytes)
            self._machine.free(self.engine, placement.device, placement.need.working_bytes)
            return placement.batch_size
        finally:
            self._users -= 1

    def _leave(self, model: Any) -> None:
        device, model["device"] = model["device"], None
        self._machine.free(self.engine, device, model["placement"].need.weights_bytes)
        if self.engine == "ctranslate2":
            self._machine.empty_cache(self.engine, device)
