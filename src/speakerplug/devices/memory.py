"""How much room there is on a device, and making more: who is not in use leaves, least recently used first."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace

from ..errors import DeviceError
from .allocators import report_return
from .device import CPU, Device
from .failures import failure_of
from .interprocess import OtherProcesses
from .inventory import Inventory, Probe
from .locks import FairLock, Monitor
from .model_handle import MemoryEstimate, ModelHandle, Placement
from .oom_fallback import Limits
from .places import Lease, Place, Places

log = logging.getLogger(__name__)


class NoRoomError(Exception):
    """What is to be loaded does not fit beside what is in use."""


class Room:
    """The memory of all devices, by the driver's account and by what residents say they need."""

    def __init__(
        self,
        places: Places,
        monitor: Monitor,
        probe: Probe,
        neighbours: OtherProcesses | None,
        limit_bytes: int | None,
        ceiling: Callable[[ModelHandle], Limits],
    ) -> None:
        self._places = places
        self._monitor = monitor
        self._turns: dict[Device, FairLock] = {}
        self._probe = probe
        self._neighbours = neighbours
        self._limit = limit_bytes
        self._ceiling = ceiling
        self._identities: dict[Device, str] = {}

    def inventory(self, leaving: Collection[Place] = ()) -> Inventory:
        """The machine as it would be without those `leaving`, less what others were promised and have not taken."""
        seen = self._probe.inventory()
        self._identities = {state.device: state.identity or str(state.device) for state in seen.devices}
        states = (
            state
            if state.free_bytes is None
            else replace(state, free_bytes=max(0, state.free_bytes + self._correction(state.device, leaving)))
            for state in seen.devices
        )
        return replace(seen, devices=tuple(states))

    @contextmanager
    def turn(self, device: Device | None, deadline: float) -> Iterator[None]:
        """One's turn to load on a device; whoever waits for room there keeps it, and is not overtaken."""
        if device is None:
            yield
            return
        with self._monitor.changed:
            if device not in self._turns:
                self._turns[device] = FairLock(f"Device {device}", self._monitor)
        with self._turns[device].held(deadline):
            yield

    def admit(self, place: Place, placement: Placement, deadline: float) -> None:
        """Make room, if need be wait for it, then load or move back from host memory.

        Raises NoRoomError where waiting is of no use, DeviceError at the deadline, or whatever the load raises.
        """
        device = placement.device
        with self.turn(device, deadline):
            while True:
                seen = self._monitor.releases
                try:
                    with self._alone(device, deadline):
                        return self._admit_now(place, placement)
                except NoRoomError:
                    self._wait(device, seen, deadline)

    def conflicts(self, place: Place) -> bool:
        """Whether something is on its device that it cannot share it with."""
        device = place.lease.device if place.lease else None
        others = self._places.on(device) if device else []
        return any(one is not place and self._cannot_share(place, one, device) for one in others)

    def dismiss(self, place: Place, to_host: bool = False) -> None:
        """Have a resident leave its device, and measure what it gives back; the caller holds its place."""
        if place.lease is None:
            return
        lease, resting = place.lease, place.is_resting
        self._probe.release(lease.device)  # what others left in caches is not its own
        before = None if resting else self._probe.free_bytes(lease.device)
        place.is_resting = to_host and not resting and lease.device != CPU and place.resident.to_host(lease.model)
        if not place.is_resting:
            place.lease = None
            _unload(place.resident, lease)
        used, place.used_bytes = place.used_bytes, 0
        device = lease.device
        del lease  # the last reference to the model, perhaps
        self._probe.release(device)
        self._tell_neighbours(device)
        if not resting:
            report_return(place.resident.key, device, used, before, self._probe.free_bytes(device))

    @contextmanager
    def _alone(self, device: Device, deadline: float) -> Iterator[None]:
        if self._neighbours is None or device == CPU:
            yield
            return
        with self._neighbours.alone(self._identities.get(device, str(device)), deadline):
            yield

    def _wait(self, device: Device, seen: int, deadline: float) -> None:
        """Wait until something was released since `seen`; NoRoomError if nobody is at work who could release it."""
        with self._monitor.changed:
            in_time = self._monitor.wait(
                lambda: self._monitor.releases != seen or not self._places.at_work_on(device), deadline
            )
            busy = self._places.at_work_on(device)
            if self._monitor.releases != seen:
                return
            if in_time or not busy:
                raise NoRoomError(str(device))
            held = " and ".join(f"{one.lock.name} is held by {one.lock.who}" for one in busy)
            raise DeviceError(f"{device} has no room: {held}; wait for it, allow more time, or choose another device.")

    def _admit_now(self, place: Place, placement: Placement) -> None:
        device = placement.device
        self._make_room(place, placement)
        if place.lease is not None and place.is_on(device):
            place.lease = Lease(place.lease.model, placement)
            return
        before = self._probe.free_bytes(device)
        self._bring(place, placement)
        place.used_bytes = self._used(place, before, self._probe.free_bytes(device))
        self._tell_neighbours(device)

    def _used(self, place: Place, before: int | None, after: int | None) -> int:
        """What a load took: as measured, or as declared if others' work came in between."""
        need = place.lease.placement.need if place.lease else MemoryEstimate()
        if before is None or after is None or (place.lease and self._places.at_work_on(place.lease.device)):
            return need.weights_bytes
        return min(max(0, before - after), need.total_bytes)

    def _make_room(self, place: Place, placement: Placement) -> None:
        """Have others leave until it fits; nobody leaves where it would not fit even then."""
        device, others = placement.device, [one for one in self._places.on(placement.device) if one is not place]
        self._probe.release(device)
        idle = [one for one in others if one.lock.try_acquire()]
        try:
            must_leave = [one for one in others if self._cannot_share(place, one, device)]
            if any(one not in idle for one in must_leave) or not self._fits(place, placement, idle):
                raise NoRoomError(str(device))
            for one in idle:
                if one in must_leave or not self._fits(place, placement, ()):
                    log.debug("%s leaves %s for %s", one.resident.key, device, place.resident.key)
                    self.dismiss(one, to_host=True)
        finally:
            for one in idle:
                one.lock.release(was_use=False)

    def _cannot_share(self, place: Place, other: Place, device: Device | None) -> bool:
        return device in (self._ceiling(one.resident).alone_on for one in (place, other))

    def _fits(self, place: Place, placement: Placement, leaving: Collection[Place]) -> bool:
        """Whether it fits; what is loaded already and will not need more does by experience."""
        device, need = placement.device, placement.need.total_bytes
        if place.lease is not None and place.is_on(device):
            if need <= place.lease.placement.need.total_bytes:
                return True
            leaving = (*leaving, place)
        others = [one for one in self._places.on(device) if one is not place and one not in leaving]
        if self._limit is not None and device != CPU:
            taken = sum(one.used_bytes + one.still_to_take_bytes for one in others)
            if taken + need > self._limit:
                return False
        free = self._probe.free_bytes(device)
        return free is None or free + self._correction(device, leaving) >= need

    def _correction(self, device: Device, leaving: Collection[Place]) -> int:
        """What to add to the free memory: what those leaving give back, less what is still to be taken."""
        on_device = self._places.on(device)
        back = sum(one.used_bytes for one in on_device if one in leaving)
        to_come = sum(one.still_to_take_bytes for one in on_device if one not in leaving)
        return back - to_come - self._neighbours_need(device)

    def _neighbours_need(self, device: Device) -> int:
        if self._neighbours is None or device == CPU:
            return 0
        return self._neighbours.to_come(self._identities.get(device, str(device)))

    def _tell_neighbours(self, device: Device) -> None:
        if self._neighbours is not None and device != CPU:
            to_come = sum(one.still_to_take_bytes for one in self._places.on(device))
            self._neighbours.note(self._identities.get(device, str(device)), to_come)

    def _bring(self, place: Place, placement: Placement) -> None:
        lease = place.lease
        if lease is not None and place.is_resting:
            log.debug("%s comes back to %s", place.resident.key, placement.device)
            place.resident.to_device(lease.model, placement)
            place.lease, place.is_resting = Lease(lease.model, placement), False
            return
        log.debug("Loading %s: %s", place.resident.key, placement)
        place.lease = Lease(place.resident.load(placement), placement)


def _unload(resident: ModelHandle, lease: Lease) -> None:
    try:
        resident.unload(lease.model)
    except RuntimeError as error:
        if failure_of(error) is None:
            raise
        log.debug("%s could not be unloaded from %s: %s", resident.key, lease.device, error)  # the device is lost
