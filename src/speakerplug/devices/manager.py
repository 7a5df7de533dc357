"""The device manager: one for all stages; it plans where residents run, loads each once, keeps it and survives."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from typing import TypeVar

from ..errors import DeviceError
from .booking import LEARNT, Booking
from .device import CPU, Device, parse_device
from .interprocess import OtherProcesses
from .inventory import Inventory, Probe
from .locks import WAIT_S, Monitor
from .memory import NoRoomError, Room
from .model_handle import ModelHandle, Placement
from .oom_fallback import Limits
from .options import DeviceOptions
from .places import Lease, Place, Places
from .planner import Plan
from .probe import LocalProbe

Result = TypeVar("Result")


class DeviceManager:
    """Hands out loaded models, each to one user at a time; safe from many threads.

    `device` is what the user asked for (auto, cpu, cuda, cuda:N or mps), or `device_options` are, which can say more.
    `wait_s` bounds how long is waited for what is in use; what nobody used for `idle_s` leaves. `probe` looks at the
    machine; `neighbours` are the other processes on it, and `ceilings` what failed before, by default for the whole
    process.
    Raises UsageError for a name that means nothing and DeviceError for a device that is not there.
    """

    def __init__(
        self,
        device: str = "auto",
        *,
        device_options: DeviceOptions | None = None,
        probe: Probe | None = None,
        neighbours: OtherProcesses | None = None,
        ceilings: MutableMapping[Hashable, Limits] | None = None,
        wait_s: float = WAIT_S,
        idle_s: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.device_options = device_options or DeviceOptions(parse_device(device))
        self._wait_s, self._idle_s, self._clock = wait_s, idle_s, clock
        if probe is None:  # the real machine, which we share
            neighbours, ceilings = neighbours or OtherProcesses(), LEARNT if ceilings is None else ceilings
        self._probe = probe or LocalProbe()
        self._neighbours = neighbours
        self._monitor = Monitor()
        self._places = Places(self._monitor)
        known = {} if ceilings is None else ceilings
        self._room = Room(
            self._places,
            self._monitor,
            self._probe,
            neighbours,
            self.device_options.memory_limit_bytes,
            lambda resident: known.get(resident.key, Limits()),
        )
        self._booking = Booking(self._places, self._room, self.device_options, known)
        self._timer: threading.Timer | None = None
        self._check()

    def inventory(self) -> Inventory:
        """The devices that are there, with what this manager holds on them."""
        return self._probe.inventory()

    def plan(self, residents: Sequence[ModelHandle]) -> Plan:
        """Decide where residents that will be used together run; nothing is loaded yet.

        The same residents get the same plan until something fails. Raises DeviceError and UsageError as `make_plan`.
        """
        return self._booking.plan(residents)

    @property
    def planned(self) -> Plan | None:
        """The last plan."""
        return self._booking.planned

    def device_for(self, kinds: tuple[str, ...], stage: str = "") -> Device:
        """Where a resident of these `kinds` would run: the device asked for if it can, else the best one there is."""
        asked = self.device_options.device_for(stage)
        if asked is not None:
            return asked if asked.kind in kinds else CPU
        return next((state.device for state in self.inventory().devices if state.device.kind in kinds), CPU)

    @property
    def occupied(self) -> tuple[Device, ...]:
        """The devices on which something is loaded."""
        leases = [place.lease for place in self._places if not place.is_resting]
        return tuple(dict.fromkeys(lease.device for lease in leases if lease is not None))

    @contextmanager
    def hold(self, resident: ModelHandle, timeout_s: float | None = None) -> Iterator[Lease]:
        """Load `resident` if it is not loaded yet, and use it alone until the block ends.

        First come, first served. Raises DeviceError after `timeout_s` (default: the manager's) with who holds what
        is waited for, and where nothing is left to run on.
        """
        deadline = time.monotonic() + (self._wait_s if timeout_s is None else timeout_s)
        place = self._places.of(resident)
        if place.lock.holder != threading.get_ident():
            with self._room.turn(self._device_of(place), deadline):
                pass  # nobody who waits for room there is overtaken
        with place.lock.held(deadline):
            try:
                yield self._ready(place, deadline)
            finally:
                place.last_used = self._clock()
                self._set_timer()

    def run(self, resident: ModelHandle, work: Callable[[Lease], Result], timeout_s: float | None = None) -> Result:
        """Do `work` with the loaded model; where memory or the device fails, do it again a step down the ladder.

        `work` is called with the lease, which says the batch size to use; called again, it goes on from what it has
        kept of what was done. Every other error goes on to the caller.
        """
        while True:
            with self.hold(resident, timeout_s) as lease:
                try:
                    return work(lease)
                except Exception as error:
                    self._booking.step_down(resident, lease.placement, error)
                self._probe.release(lease.device)

    def sweep(self) -> None:
        """Have what nobody has used for `idle_s` leave; done by itself, for hosts that live long."""
        for place in self._places:
            if place.lock.try_acquire():
                try:
                    if self._idle_s is not None and self._clock() - place.last_used >= self._idle_s:
                        self._room.dismiss(place)
                finally:
                    place.lock.release(was_use=False)

    def close(self, wait_s: float | None = None) -> None:
        """Unload everything; what is in use is waited for, or left as it is after `wait_s` seconds."""
        if self._timer is not None:
            self._timer.cancel()
        for place in self._places:
            try:
                with place.lock.held(time.monotonic() + (self._wait_s if wait_s is None else wait_s)):
                    self._room.dismiss(place)
            except DeviceError:
                if wait_s is None:
                    raise
        self._booking.forget()
        if self._neighbours is not None:
            self._neighbours.leave()

    def _ready(self, place: Place, deadline: float) -> Lease:
        """Have the place's model loaded where it was booked; where it cannot be, book anew until it is."""
        without: set[Device] = set()
        while place.lock.depth == 1 or place.lease is None:
            placement = self._booking.placement(place.resident)
            if self._is_there(place, placement):
                break
            try:
                self._room.admit(place, placement, deadline)
            except NoRoomError:
                self._booking.rebook(place.resident, frozenset(without))
                without.add(placement.device)
            except Exception as error:
                self._booking.step_down(place.resident, placement, error)
                self._probe.release(placement.device)
        assert place.lease is not None
        return place.lease

    def _is_there(self, place: Place, placement: Placement) -> bool:
        """Whether the model is loaded as booked; one that is loaded in another way leaves."""
        lease = place.lease
        if lease is None:
            return False
        if not _same_load(lease.placement, placement):
            self._room.dismiss(place)
            return False
        if place.is_resting or placement.need.total_bytes > lease.placement.need.total_bytes:
            return False  # it comes back, or grows, as there is room
        place.lease = Lease(lease.model, placement)
        return not self._room.conflicts(place)

    def _device_of(self, place: Place) -> Device | None:
        lease = place.lease
        return lease.device if lease is not None else None

    def _set_timer(self) -> None:
        if self._idle_s is not None:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = threading.Timer(self._idle_s, self.sweep)
            self._timer.daemon = True
            self._timer.start()

    def _check(self) -> None:
        """Refuse a device that is not there at once; without a GPU in mind, nothing is probed for that."""
        asked = {self.device_options.device, *(wish.device for wish in self.device_options.stages.values())} - {
            None,
            CPU,
        }
        inventory = self.inventory() if asked else None
        for device in asked:
            if inventory is not None and device is not None and inventory.find(device) is None:
                raise DeviceError(f"Device {device} is not there; this machine has: {inventory}. Try --device auto.")


def _same_load(one: Placement, other: Placement) -> bool:
    """Whether a model loaded for one serves for the other: batch size is chosen at use, threads on the CPU at load."""
    same = (one.device, one.compute_type) == (other.device, other.compute_type)
    return same and (one.device != CPU or one.threads == other.threads)
