"""Devices with their memory and precisions, the cores, and amounts of memory as text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..errors import UsageError

MB = 1024**2
GB = 1024**3
"""Powers of two, as vendors of graphics cards count."""
MOST_BYTES = 2**60
"""The largest amount of memory that `parse_bytes` accepts."""
_UNITS = {"": 1, "k": 1024, "m": MB, "g": GB, "t": 1024 * GB}


@dataclass(frozen=True, slots=True)
class Device:
    """A device to compute on: `kind` is cpu, cuda or mps; `index` distinguishes several of a kind."""

    kind: str
    index: int = 0

    def __str__(self) -> str:
        return f"{self.kind}:{self.index}" if self.kind == "cuda" else self.kind


CPU = Device("cpu")


def parse_device(text: str) -> Device | None:
    """Return the device that `text` names (cpu, cuda, cuda:1, mps), None for auto; raise UsageError for others."""
    if text == "auto":
        return None
    match = re.fullmatch(r"(cpu|mps|cuda)|cuda:(\d+)", text)
    if match is None:
        by_uuid = "; a UUID goes into CUDA_VISIBLE_DEVICES" if re.search(r"\b(GPU|MIG)-", text, re.IGNORECASE) else ""
        raise UsageError(f"There is no device {text!r}; choose auto, cpu, cuda, cuda:N or mps{by_uuid}.")
    return Device(match[1] or "cuda", int(match[2] or 0))


@dataclass(frozen=True, slots=True)
class DeviceState:
    """The state of a device.

    Memory is in bytes, None if unknown: then everything is assumed to fit. `compute_types` are the precisions
    that each engine ("ctranslate2", "torch") computes in there, by the engine's own names; an engine that cannot use
    the device is missing, and `unavailable` says why, with a hint. `identity` is the same for every process that
    sees this device, whatever its index.
    """

    device: Device
    name: str = ""
    total_bytes: int | None = None
    free_bytes: int | None = None
    capability: tuple[int, int] | None = None
    compute_types: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    identity: str = ""
    unavailable: Mapping[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        mappings = {name: dict(getattr(self, name)) for name in ("compute_types", "unavailable")}
        fields = {name: getattr(self, name) for name in ("name", "total_bytes", "free_bytes", "capability")}
        return {**fields, "device": str(self.device), **mappings}


@dataclass(frozen=True, slots=True)
class Inventory:
    """The devices of a machine, fastest first and the CPU last, and how many cores may be used.

    `absent` says, by kind of device, why there is none, with a hint after a semicolon.
    """

    devices: tuple[DeviceState, ...]
    cores: int = 1
    absent: Mapping[str, str] = field(default_factory=dict)

    def find(self, device: Device) -> DeviceState | None:
        """Return the state of `device`; None if it does not exist."""
        return next((state for state in self.devices if state.device == device), None)

    def __str__(self) -> str:
        return ", ".join(str(state.device) for state in self.devices)

    def as_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        return {"cores": self.cores, "devices": [state.as_dict() for state in self.devices]}


class Probe(Protocol):
    """Reports the devices of the machine, or of a simulated one."""

    def inventory(self) -> Inventory:
        """Return all devices and their current state."""

    def free_bytes(self, device: Device) -> int | None:
        """Return the free memory of a device in bytes, according to its driver; None if unknown."""

    def release(self, device: Device) -> None:
        """Have every allocator return its cached memory to the device."""


COMPUTE_TYPES = (
    *("float32", "float16", "bfloat16", "int16"),
    *("int8", "int8_float32", "int8_float16", "int8_bfloat16"),
)
"""Every precision that an engine computes in, on one device or another."""

ON_CPU = {"torch": ("float32", "bfloat16"), "ctranslate2": ("int8", "int8_float32", "float32")}
"""What both engines compute in on a CPU."""


@dataclass(frozen=True, slots=True)
class FixedProbe:
    """A machine that never changes, for simulated plans and tests."""

    still: Inventory = Inventory((DeviceState(CPU, compute_types=ON_CPU),))

    def inventory(self) -> Inventory:
        """Return `still`."""
        return self.still

    def free_bytes(self, device: Device) -> int | None:
        """Return the free memory in `still`."""
        state = self.still.find(device)
        return state.free_bytes if state else None

    def release(self, device: Device) -> None:
        """Do nothing: nothing is cached."""


def parse_bytes(text: str) -> int:
    """Return the bytes in `text`: 6GB, 512 MiB, 1.5g or a plain number from 1 MB; raise UsageError for others."""
    match = re.fullmatch(r"\s*(\d{1,20}(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?\s*", text.lower())
    size = round(float(match[1]) * _UNITS[match[2]]) if match else 0
    least = MB if match and not match[2] else 1  # 6 is meant as 6 GB
    if not least <= size <= MOST_BYTES:
        raise UsageError(f"{text!r} is not an amount of memory; write it like 6GB or 512MB.")
    return size


def format_bytes(size: int | None) -> str:
    """Return `size` in GB or MB, such as 5.4 GB or 310 MB; "unknown" for None."""
    if size is None:
        return "unknown"
    return f"{round(size / GB, 2):g} GB" if abs(size) >= GB else f"{size / MB:.0f} MB"
