"""What is there: the devices of a machine with their memory, and the cores that may be used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from .device import CPU, Device


@dataclass(frozen=True, slots=True)
class DeviceState:
    """A device as it is now.

    Memory in bytes, None where nobody can tell: then everything is taken to fit. `compute_types` are the precisions
    that each engine ("ctranslate2", "torch") computes in there, in the engine's own words; an engine that cannot use
    the device is missing. `identity` is the same for every process that sees this device, whatever its index.
    """

    device: Device
    name: str = ""
    total_bytes: int | None = None
    free_bytes: int | None = None
    capability: tuple[int, int] | None = None
    compute_types: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    identity: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The fields, ready for JSON."""
        fields = asdict(self)
        fields.pop("identity")
        return {**fields, "device": str(self.device), "compute_types": dict(self.compute_types)}


@dataclass(frozen=True, slots=True)
class Inventory:
    """The devices of a machine, fastest first and the CPU last, and how many cores may be used."""

    devices: tuple[DeviceState, ...]
    cores: int = 1

    def find(self, device: Device) -> DeviceState | None:
        """The state of `device`; None if it is not there."""
        return next((state for state in self.devices if state.device == device), None)

    def __str__(self) -> str:
        return ", ".join(str(state.device) for state in self.devices)

    def as_dict(self) -> dict[str, Any]:
        """The fields, ready for JSON."""
        return {"cores": self.cores, "devices": [state.as_dict() for state in self.devices]}


class Probe(Protocol):
    """Looks at the machine, or at one that a test imagines."""

    def inventory(self) -> Inventory:
        """Everything that is there, as it is now."""

    def free_bytes(self, device: Device) -> int | None:
        """The free memory of one device, by its driver's account; None where nobody can tell."""

    def release(self, device: Device) -> None:
        """Have every allocator give the device back what it keeps in reserve."""


ANYTHING = {
    "torch": ("float32", "float16", "bfloat16"),
    "ctranslate2": ("float32", "float16", "int8", "int8_float16", "int8_float32"),
}
"""What both engines compute in on a recent GPU."""

ON_CPU = {"torch": ("float32", "bfloat16"), "ctranslate2": ("int8", "int8_float32", "float32")}
"""What both engines compute in on a CPU."""


@dataclass(frozen=True, slots=True)
class FixedProbe:
    """A machine that never changes: for plans that only imagine, and for tests."""

    still: Inventory = Inventory((DeviceState(CPU, compute_types=ON_CPU),))

    def inventory(self) -> Inventory:
        """What it was made with."""
        return self.still

    def free_bytes(self, device: Device) -> int | None:
        """What it was made with."""
        state = self.still.find(device)
        return state.free_bytes if state else None

    def release(self, device: Device) -> None:
        """There is nothing to give back."""
