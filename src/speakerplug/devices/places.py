"""Where each resident lives now: loaded, resting in host memory, or not at all."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any

from .device import Device
from .locks import FairLock, Monitor
from .model_handle import ModelHandle, Placement


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to use a loaded model, as `placement` says, until the `with` block ends."""

    model: Any
    placement: Placement

    @property
    def device(self) -> Device:
        """Where the model is."""
        return self.placement.device


@dataclass(slots=True, eq=False)
class Place:
    """One resident's place; whoever holds `lock` uses its model, and only the holder changes the fields.

    `used_bytes` is what it was seen to take when it was loaded.
    """

    resident: ModelHandle
    lock: FairLock
    lease: Lease | None = None
    used_bytes: int = 0
    last_used: float = 0.0
    is_resting: bool = False

    def is_on(self, device: Device) -> bool:
        """Whether it takes memory of `device`."""
        lease = self.lease  # read once: its holder may be about to change it
        return lease is not None and not self.is_resting and lease.device == device

    @property
    def still_to_take_bytes(self) -> int:
        """What it needs beyond what it was seen to take."""
        lease = self.lease
        return max(0, lease.placement.need.total_bytes - self.used_bytes) if lease else 0


class Places:
    """All places, by resident's key."""

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor
        self._by_key: dict[Hashable, Place] = {}

    def of(self, resident: ModelHandle) -> Place:
        """The place of a resident; equal keys have the same."""
        with self._monitor.changed:
            if resident.key not in self._by_key:
                name = f"The model of the {resident.stage}" if resident.stage else f"Model {resident.key}"
                self._by_key[resident.key] = Place(resident, FairLock(name, self._monitor))
            return self._by_key[resident.key]

    def __iter__(self) -> Iterator[Place]:
        with self._monitor.changed:
            return iter(tuple(self._by_key.values()))

    def on(self, device: Device) -> list[Place]:
        """Those that take memory of `device`, least recently used first."""
        return sorted((place for place in self if place.is_on(device)), key=lambda place: place.last_used)

    def at_work_on(self, device: Device) -> list[Place]:
        """Those on `device` that another thread uses, which waits for nothing itself and so will come to an end."""
        me, waiting = threading.get_ident(), self._monitor.waiting
        return [place for place in self.on(device) if place.lock.holder not in {None, me, *waiting}]
