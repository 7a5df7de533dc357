"""The handle with which the manager loads a model of a stage, and a base class with defaults."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from .device import CPU, Device, DeviceState


@dataclass(frozen=True, slots=True)
class MemoryEstimate:
    """Memory of a model on a device, in bytes: for its weights while it is loaded, and for work while it is used."""

    weights_bytes: int = 0
    working_bytes: int = 0

    @property
    def total_bytes(self) -> int:
        """Weights and work together."""
        return self.weights_bytes + self.working_bytes


@dataclass(frozen=True, slots=True)
class Placement:
    """Where and how a model runs: device, compute type, batch size, CPU threads, and the memory it needs."""

    stage: str
    device: Device = CPU
    compute_type: str = "float32"
    batch_size: int = 1
    threads: int = 1
    need: MemoryEstimate = MemoryEstimate()

    def __str__(self) -> str:
        return f"{self.device}, {self.compute_type}, batch {self.batch_size}"


@dataclass(frozen=True, slots=True)
class Lease:
    """A loaded model, lent until the `with` block ends, and its placement."""

    model: Any
    placement: Placement

    @property
    def device(self) -> Device:
        """Where the model is loaded."""
        return self.placement.device


class ModelHandle(Protocol):
    """A model that can be loaded on a device: handles with equal keys share one loaded model.

    `stage` is its name in options and messages; `kinds` are the kinds of device it can run on; `sizes_on` returns the
    batch sizes to try. `ModelHandleBase` has a default for everything but `key`,
    `load` and `unload`.
    """

    @property
    def key(self) -> Hashable: ...

    @property
    def stage(self) -> str: ...

    @property
    def engine(self) -> str: ...

    @property
    def kinds(self) -> tuple[str, ...]: ...

    def sizes_on(self, kind: str) -> tuple[int, ...]:
        """Return the batch sizes worth trying on a kind of device, largest first."""

    def compute_types(self, state: DeviceState) -> tuple[str, ...]:
        """Return the compute types to choose from on a device, best first; empty where the model cannot run."""

    def need(self, kind: str, compute_type: str, batch_size: int) -> MemoryEstimate:
        """Return the memory estimate on a kind of device, for a compute type and a batch size."""

    def load(self, placement: Placement) -> Any:
        """Load the model as `placement` says, and return it."""

    def unload(self, model: Any) -> None:
        """Free all memory that the model holds."""

    def to_host(self, model: Any) -> bool:
        """Offload the weights to host memory; return False if the model cannot, then it is unloaded."""

    def to_device(self, model: Any, placement: Placement) -> None:
        """Move the weights back from host memory."""


def name_of(handle: ModelHandle) -> str:
    """Return the name of a model in messages: its stage, or its key if it has none."""
    return handle.stage.capitalize() or str(handle.key)


class ModelHandleBase:
    """Defaults for a `ModelHandle`: runs in float32 wherever torch does, one item at a time, memory unknown.

    `precisions` are the compute types to choose from for each kind of device, best first. A subclass overrides what
    it knows better, by assignment in its body; a dataclass must not annotate these names, or they become fields.
    A model that is not `is_in_process` is unloaded even if this process has lost the device.
    """

    stage: str = ""
    engine: str = "torch"
    kinds: tuple[str, ...] = ("cuda", "mps", "cpu")
    batch_sizes: tuple[int, ...] = (1,)
    precisions: Mapping[str, tuple[str, ...]] = {}
    is_in_process: bool = True

    __slots__ = ()

    def sizes_on(self, kind: str) -> tuple[int, ...]:
        """Return `batch_sizes`, on every kind of device."""
        return self.batch_sizes

    def compute_types(self, state: DeviceState) -> tuple[str, ...]:
        """Return those of `precisions` in which the engine can compute on the device."""
        if state.device.kind not in self.kinds:
            return ()
        known = state.compute_types.get(self.engine, ())
        return tuple(name for name in self.precisions.get(state.device.kind, ("float32",)) if name in known)

    def need(self, kind: str, compute_type: str, batch_size: int) -> MemoryEstimate:
        """Return an empty estimate: the model is assumed to fit."""
        return MemoryEstimate()

    def to_host(self, model: Any) -> bool:
        """Return False: the model is unloaded instead of offloaded."""
        return False

    def to_device(self, model: Any, placement: Placement) -> None:
        """Do nothing: the model is never offloaded to host memory."""
