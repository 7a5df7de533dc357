"""The memory of all devices: which models use it, how much is free, and which models are evicted for others."""

from __future__ import annotations

import ctypes
import logging
import threading
from collections.abc import Collection, Hashable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

from ..errors import DeviceError
from .device import CPU, MB, Device, Inventory, Probe, format_bytes
from .failures import OTHER, failure_of
from .interprocess import OtherProcesses
from .locks import FairLock, Monitor
from .model_handle import Lease, ModelHandle, Placement, name_of
from .oom_fallback import Limits

log = logging.getLogger(__name__)

TOLERANCE = 0.05
"""Share of a model's memory that may be missing after it is unloaded, without a warning."""
WORTH_A_WARNING = 256 * MB


class NoRoomError(Exception):
    """A model does not fit next to those in use."""


@dataclass(slots=True, eq=False)
class Slot:
    """A model that is loaded, offloaded to host memory or neither; only the holder of `lock` may use or change it.

    `planned` is where it is to run, `used_bytes` what loading it took, and `free_before_load` the bytes that were free
    before.
    """

    handle: ModelHandle
    lock: FairLock
    planned: Placement | None = None
    lease: Lease | None = None
    used_bytes: int = 0
    free_before_load: int = 0
    is_offloaded: bool = False

    @property
    def device(self) -> Device | None:
        """The device whose memory it uses."""
        lease = self.lease  # read once: its holder may be about to change it
        return lease.device if lease is not None and not self.is_offloaded else None

    @property
    def still_to_take_bytes(self) -> int:
        """The bytes that it will still allocate, beyond those of loading it."""
        lease = self.lease
        return max(0, lease.placement.need.total_bytes - self.used_bytes) if lease else 0


class MemoryBudget:
    """The memory of all devices, according to the driver and to the estimates of models.

    `others` are the other processes, if any; `limit_bytes` is the most to use of each GPU; `limits` tell, by key of the
    handle, what failed before.
    """

    def __init__(
        self,
        probe: Probe,
        others: OtherProcesses | None,
        limit_bytes: int | None,
        limits: Mapping[Hashable, Limits],
    ) -> None:
        self._probe, self._others, self._limit, self._limits = probe, others, limit_bytes, limits
        self._monitor = Monitor()
        self._slots: dict[Hashable, Slot] = {}
        self._turns: dict[Device, FairLock] = {}
        self._identities: dict[Device, str] = {}

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The slots of all models ever requested, least recently used first."""
        with self._monitor.changed:
            return tuple(self._slots.values())

    def idle(self, *keys: Hashable) -> list[Slot]:
        """Return the slots that are not in use, and those of `keys`."""
        return [slot for slot in self.slots if slot.lock.holder is None or slot.handle.key in keys]

    def slot(self, handle: ModelHandle) -> Slot:
        """Return the slot of a model; equal keys have the same."""
        with self._monitor.changed:
            name = f"The model of the {handle.stage}" if handle.stage else f"Model {handle.key}"
            return self._slots.setdefault(handle.key, Slot(handle, FairLock(name, self._monitor)))

    def on(self, device: Device, but: Slot | None = None) -> list[Slot]:
        """Return the slots that use memory of `device`, least recently used first."""
        return [slot for slot in self.slots if slot is not but and slot.device == device]

    def inventory(self, leaving: Collection[Slot] = ()) -> Inventory:
        """Return the machine as it would be without those `leaving`, less memory that is reserved but not taken yet.

        What torch caches goes back first: it is as good as free.
        """
        for device in {slot.device for slot in self.slots}:
            if device not in (None, CPU):
                self.release(device)
        seen = self._probe.inventory()
        self._identities = {state.device: state.identity or str(state.device) for state in seen.devices}
        states = (
            state
            if state.free_bytes is None
            else replace(state, free_bytes=max(0, state.free_bytes + self._correction(state.device, leaving)))
            for state in seen.devices
        )
        return replace(seen, devices=tuple(states))

    def turn(self, device: Device, deadline: float) -> AbstractContextManager[None]:
        """Return a context that holds the turn to load on a device, also while waiting for memory there."""
        with self._monitor.changed:
            lock = self._turns.setdefault(device, FairLock(f"Device {device}", self._monitor))
        return lock.held(deadline)

    def queue(self, slot: Slot, deadline: float) -> None:
        """Wait behind the threads that wait for memory on the model's device, so as not to overtake them."""
        lease = slot.lease
        if lease is not None and slot.lock.holder != threading.get_ident():
            with self.turn(lease.device, deadline):
                pass

    def used(self, slot: Slot) -> None:
        """Mark a model as the most recently used."""
        with self._monitor.changed:
            self._slots[slot.handle.key] = self._slots.pop(slot.handle.key)

    def release(self, device: Device) -> None:
        """Have every allocator return its cached memory to the device."""
        with _though_lost(device):
            self._probe.release(device)

    def admit(self, slot: Slot, placement: Placement, deadline: float) -> None:
        """Make room, waiting if necessary, then load the model or move it back; the caller holds the slot.

        Raises NoRoomError if waiting is of no use, DeviceError at the deadline, or whatever loading raises.
        """
        device = placement.device
        with self.turn(device, deadline):
            while True:
                seen = self._monitor.releases
                with self._alone(device, deadline):
                    if self._made_room(slot, placement):
                        return self._bring(slot, placement)
                self._wait(device, seen, deadline)

    def must_move(self, slot: Slot) -> bool:
        """Return whether its device holds a model with which it cannot share the device."""
        device = slot.device
        return device is not None and any(self._excludes(slot, one, device) for one in self.on(device, but=slot))

    def evict(self, slot: Slot, to_host: bool = False) -> None:
        """Unload a model or offload it to host memory, and measure the released memory; the caller holds its slot."""
        lease, was_offloaded = slot.lease, slot.is_offloaded
        if lease is None:
            return
        device = lease.device
        if self._is_lost(device):
            if getattr(slot.handle, "is_in_process", True):
                abandon(lease.model)
            else:
                slot.handle.unload(lease.model)
            slot.lease, slot.used_bytes, slot.is_offloaded = None, 0, False
            return
        if device != CPU:
            self.release(device)  # what is in caches is not its own
        before = None if was_offloaded else self._probe.free_bytes(device)
        slot.is_offloaded = to_host and not was_offloaded and device != CPU and slot.handle.to_host(lease.model)
        if not slot.is_offloaded:
            slot.lease = None
            with _though_lost(device):
                slot.handle.unload(lease.model)
        expected, slot.used_bytes = slot.used_bytes, 0
        del lease  # the last reference to the model, perhaps
        self.release(device)
        self._tell_others(device)
        after = self._probe.free_bytes(device)
        if before is None or after is None or after >= slot.free_before_load:
            return  # a child that was killed released it before
        report_return(name_of(slot.handle), device, expected, before, after)

    def _alone(self, device: Device, deadline: float) -> AbstractContextManager[None]:
        if self._others is None or device == CPU:
            return nullcontext()
        return self._others.alone(self._identity(device), deadline)

    def _wait(self, device: Device, seen: int, deadline: float) -> None:
        """Wait until memory is released after `seen`; raise NoRoomError if no model in use could release any."""
        with self._monitor.changed:
            in_time = self._monitor.wait(
                lambda: self._monitor.releases != seen or not self._at_work_on(device), deadline
            )
            busy = self._at_work_on(device)
            if self._monitor.releases != seen:
                return
            if in_time or not busy:
                raise NoRoomError(str(device))
            held = " and ".join(f"{one.lock.name} is held by {one.lock.who}" for one in busy)
            raise DeviceError(f"{device} has no room: {held}; wait for it, allow more time, or choose another device.")

    def _at_work_on(self, device: Device) -> list[Slot]:
        """Return the slots on `device` that another thread uses, which does not itself wait and so will finish."""
        me, waiting = threading.get_ident(), self._monitor.waiting
        return [slot for slot in self.on(device) if slot.lock.holder not in {None, me, *waiting}]

    def _made_room(self, slot: Slot, placement: Placement) -> bool:
        """Evict other models until it fits; evict none if it would not fit even then."""
        device, others = placement.device, self.on(placement.device, but=slot)
        if device != CPU or not self._fits(slot, placement, ()):  # there, collecting garbage is all, and takes 0.3 s
            self.release(device)
        idle = [one for one in others if one.lock.try_acquire()]
        try:
            must_leave = [one for one in others if self._excludes(slot, one, device)]
            if any(one not in idle for one in must_leave) or not self._fits(slot, placement, idle):
                return False
            for one in idle:
                if one in must_leave or not self._fits(slot, placement, ()):
                    log.debug("%s is evicted from %s for %s", one.handle.key, device, slot.handle.key)
                    self.evict(one, to_host=True)
            return True
        finally:
            for one in idle:
                one.lock.release(was_use=False)

    def _bring(self, slot: Slot, placement: Placement) -> None:
        """Load the model or move it back, and measure the memory; of a loaded one, only update the placement."""
        lease, device = slot.lease, placement.device
        if lease is not None and slot.device == device:
            slot.lease = Lease(lease.model, placement)
            return
        seen, before = self._monitor.releases, self._probe.free_bytes(device)
        slot.free_before_load = before or 0
        if lease is None:
            log.debug("Loading %s: %s", slot.handle.key, placement)
            model = slot.handle.load(placement)
        else:
            log.debug("%s returns to %s", slot.handle.key, device)
            model = lease.model
            slot.handle.to_device(model, placement)
        slot.lease, slot.is_offloaded = Lease(model, placement), False
        after, need = self._probe.free_bytes(device), placement.need
        was_disturbed = self._monitor.releases != seen or bool(self._at_work_on(device))  # others' work came in between
        if before is None or after is None or was_disturbed:
            slot.used_bytes = need.weights_bytes
        else:
            slot.used_bytes = min(max(0, before - after), need.total_bytes)
        self._tell_others(device)

    def _fits(self, slot: Slot, placement: Placement, leaving: Collection[Slot]) -> bool:
        """Return whether it fits; a loaded model that needs no more memory does."""
        device, need = placement.device, placement.need.total_bytes
        if slot.lease is not None and slot.device == device:
            if need <= slot.lease.placement.need.total_bytes:
                return True
            leaving = (*leaving, slot)
        if self._limit is not None and device != CPU:
            others = [one for one in self.on(device, but=slot) if one not in leaving]
            if need + sum(one.used_bytes + one.still_to_take_bytes for one in others) > self._limit:
                return False
        free = self._probe.free_bytes(device)
        return free is None or free + self._correction(device, leaving) >= need

    def _is_lost(self, device: Device) -> bool:
        """Return whether `device` is a GPU that no longer responds in this process."""
        return device != CPU and self._probe.inventory().find(device) is None

    def _excludes(self, slot: Slot, other: Slot, device: Device) -> bool:
        return any(self._limits.get(one.handle.key, Limits()).alone_on == device for one in (slot, other))

    def _correction(self, device: Device, leaving: Collection[Slot]) -> int:
        """Return the bytes to add to the free memory: those of `leaving`, less reservations not allocated yet."""
        back = sum(one.used_bytes for one in self.on(device) if one in leaving)
        to_come = sum(one.still_to_take_bytes for one in self.on(device) if one not in leaving)
        if self._others is not None and device != CPU:
            to_come += self._others.to_come(self._identity(device))
        return back - to_come

    def _tell_others(self, device: Device) -> None:
        if self._others is not None and device != CPU:
            to_come = sum(one.still_to_take_bytes for one in self.on(device))
            self._others.note(self._identity(device), to_come)

    def _identity(self, device: Device) -> str:
        return self._identities.get(device, str(device))


def abandon(model: Any) -> None:
    """Keep a model on a lost device alive forever.

    CTranslate2's destructors would end the process there.
    """
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(model))


def report_return(name: object, device: Device, expected: int, before: int | None, after: int | None) -> int:
    """Compare the free memory before and after an unload, in bytes, and log what of `expected` was not released.

    Returns the missing bytes, 0 within 5 %.
    """
    if before is None or after is None:
        return 0
    missing = expected - (after - before)
    if missing <= expected * TOLERANCE:
        return 0
    level = logging.WARNING if missing >= WORTH_A_WARNING and device != CPU else logging.DEBUG
    log.log(level, "%s was unloaded from %s, and %s was not given back.", name, device, format_bytes(missing))
    return missing


@contextmanager
def _though_lost(device: Device) -> Iterator[None]:
    """Ignore failures of a device that is lost."""
    try:
        yield
    except RuntimeError as error:
        if failure_of(error) == OTHER:
            raise
        log.debug("%s releases nothing: %s", device, error)
