"""The device manager: one for all stages; it decides where a resident runs, loads it once and keeps it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..errors import DeviceError
from .device import CPU, Device, parse_device, present_devices

log = logging.getLogger(__name__)


class Resident(Protocol):
    """Something that can be loaded on a device: equal keys mean the same model, loaded once for all.

    `kinds` are the kinds of device that it can run on, best first; it must be able to run on "cpu".
    """

    @property
    def key(self) -> Hashable: ...

    @property
    def kinds(self) -> tuple[str, ...]: ...

    def load(self, device: Device) -> Any:
        """Load on `device` and return the loaded model."""

    def unload(self, model: Any) -> None:
        """Give back what the model holds."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to use a loaded model, on a device, until the `with` block ends."""

    model: Any
    device: Device


@dataclass(slots=True)
class _Place:
    """Where one resident lives; the lock is held by whoever uses it."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    lease: Lease | None = None
    resident: Resident | None = None


class DeviceManager:
    """Hands out loaded models, each to one user at a time; safe from many threads.

    `device` is what the user asked for: auto, cpu, cuda, cuda:N or mps. `present` tells which devices there are,
    fastest first. Raises UsageError for another name and DeviceError for a device that is not there.
    """

    def __init__(self, device: str = "auto", present: Callable[[], tuple[Device, ...]] = present_devices) -> None:
        self._asked = parse_device(device)
        self._present = present
        self._places: dict[Hashable, _Place] = {}
        self._guard = threading.Lock()
        if self._asked is not None and self._asked != CPU:
            self._check(self._asked)

    def device_for(self, kinds: tuple[str, ...]) -> Device:
        """Where a resident of these `kinds` runs: the device asked for if it can, else the best one present."""
        if self._asked is not None:
            return self._asked if self._asked.kind in kinds else CPU
        return next((device for device in self._present() if device.kind in kinds), CPU)

    @property
    def occupied(self) -> tuple[Device, ...]:
        """The devices on which something is loaded."""
        with self._guard:
            leases = [place.lease for place in self._places.values()]
        return tuple(dict.fromkeys(lease.device for lease in leases if lease is not None))

    @contextmanager
    def hold(self, resident: Resident) -> Iterator[Lease]:
        """Load `resident` if it is not loaded yet, and use it alone until the block ends."""
        with self._guard:
            place = self._places.setdefault(resident.key, _Place())
        with place.lock:
            if place.lease is None:
                device = self.device_for(resident.kinds)
                log.debug("Loading %s on %s", resident.key, device)
                place.lease = Lease(resident.load(device), device)
                place.resident = resident
            yield place.lease

    def close(self) -> None:
        """Unload everything that is not in use any more."""
        with self._guard:
            places, self._places = list(self._places.values()), {}
        for place in places:
            with place.lock:
                if place.lease is not None and place.resident is not None:
                    place.resident.unload(place.lease.model)
                place.lease = None

    def _check(self, asked: Device) -> None:
        present = self._present()
        if asked not in present:
            there = ", ".join(map(str, present))
            raise DeviceError(f"Device {asked} is not there; this machine has: {there}. Try --device auto.")
