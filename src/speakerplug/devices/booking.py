"""Who is to run where: plans for several residents, changed where memory or a device fails."""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Hashable, MutableMapping, Sequence
from contextlib import suppress
from dataclasses import replace

from ..errors import DeviceError, first_line
from ..system.packages import memory_limit
from .candidates import precisions
from .device import CPU, Device
from .failures import DEVICE, MEMORY, failure_of
from .memory import Room
from .model_handle import ModelHandle, Placement
from .oom_fallback import Limits, Step, leave, step_down
from .options import DeviceOptions
from .places import Place, Places
from .planner import Plan, make_plan

log = logging.getLogger(__name__)

LEARNT: dict[Hashable, Limits] = {}
"""What failed on this machine, by resident's key, for the rest of the process."""


class Booking:
    """The placements of a manager's residents."""

    def __init__(
        self, places: Places, room: Room, device_options: DeviceOptions, ceilings: MutableMapping[Hashable, Limits]
    ) -> None:
        self.planned: Plan | None = None
        self._places = places
        self._room = room
        self._options = device_options
        self._ceilings = ceilings
        self._booked: dict[Hashable, Placement] = {}
        self._together: tuple[Hashable, ...] = ()
        self._lost: set[Device] = set()
        self._guard = threading.RLock()

    def plan(self, residents: Sequence[ModelHandle]) -> Plan:
        """Plan residents together; the same again as long as nothing has failed."""
        keys = tuple(resident.key for resident in residents)
        with self._guard:
            if self.planned is None or keys != self._together:
                leaving = [place for place in self._places if place.resident.key in keys or place.lock.holder is None]
                inventory = self._room.inventory(leaving)
                self.planned = make_plan(residents, inventory, self._options, self._ceilings)
                self._together = keys
                self._booked.update(zip(keys, self.planned.placements, strict=True))
                log.debug("Planned:\n%s", self.planned.explain())
            return self.planned

    def placement(self, resident: ModelHandle) -> Placement:
        """Where a resident is to run; planned on its own if it was not planned with others."""
        with self._guard:
            if resident.key not in self._booked:
                self._book(resident)
            return self._booked[resident.key]

    def rebook(self, resident: ModelHandle, without: frozenset[Device] = frozenset()) -> None:
        """Place a resident anew, by what there is room for now; the plan is made again for the next recording."""
        with self._guard:
            was = self._booked[resident.key]
            self._book(resident, without)
            log.info("%s: not as planned (%s) but %s.", _name(resident), was, self._booked[resident.key])
            self._together = ()

    def step_down(self, resident: ModelHandle, placement: Placement, error: Exception) -> None:
        """Take the next step of the ladder after `error`, and say so; for what no step cures, raise.

        Raises `error` itself if it tells of no lack of memory and no failing device, and DeviceError, with the
        remedy, at the foot of the ladder.
        """
        failure = failure_of(error)
        if failure is None:
            raise error
        first = first_line(error)
        traceback.clear_frames(error.__traceback__)  # they keep what is to be freed
        with self._guard:
            step = self._step(resident, placement, failure)
            if step is None:
                limit = memory_limit() if failure == MEMORY and placement.device == CPU else None
                given = f"memory is limited to {limit / 1e9:.1f} GB (ulimit -v): " if limit else ""
                raise DeviceError(
                    f"{_name(resident)} failed on {placement} ({first}); "
                    f"{given}choose {'more' if given else 'another --device'}, or a smaller model."
                ) from error
            self._say(resident, placement.device, failure, first, step)
            self._ceilings[resident.key] = step.ceiling
            self._book(resident)
            self._together = ()

    def forget(self) -> None:
        """Plan anew from here on; what has failed is still known."""
        with self._guard:
            self.planned, self._together = None, ()
            self._booked.clear()

    def _step(self, resident: ModelHandle, placement: Placement, failure: str) -> Step | None:
        ceiling, device = self._ceilings.get(resident.key, Limits()), placement.device
        is_explicit = self._options.device_for(resident.stage) == device
        if failure == DEVICE:
            return None if is_explicit or device == CPU else leave(ceiling, device)
        state = self._room.inventory().find(device)
        return step_down(
            ceiling,
            placement,
            batch_sizes=resident.sizes_on(device.kind),
            compute_types=precisions(resident, state, self._options, ceiling) if state else (),
            in_company=any(place.resident.key != resident.key for place in self._places.on(device)),
            is_explicit=is_explicit,
        )

    def _say(self, resident: ModelHandle, device: Device, failure: str, first: str, step: Step) -> None:
        if failure != DEVICE:
            log.warning("%s: %s ran out of memory; %s.", _name(resident), device, step.action)
            return
        level = logging.DEBUG if device in self._lost else logging.WARNING
        self._lost.add(device)
        log.log(level, "%s: %s fails (%s); %s.", _name(resident), device, first, step.action)

    def _book(self, resident: ModelHandle, without: frozenset[Device] | None = None) -> None:
        """Plan one resident by what is free beside those in use; if it is worth waiting for them, as if they left.

        With `without`, waiting is of no use: it goes where there is room now, and not on those devices.
        """
        idle = [one for one in self._places if one.lock.holder is None or one.resident.key == resident.key]
        if without is not None:
            self._booked[resident.key] = self._placed(resident, idle, without)
            return
        best = self._placed(resident, tuple(self._places))
        with suppress(DeviceError):  # there is no room beside them
            beside = self._placed(resident, idle)
            if (beside.device.kind, beside.compute_type) == (best.device.kind, best.compute_type):
                best = beside
        self._booked[resident.key] = best

    def _placed(
        self, resident: ModelHandle, leaving: Sequence[Place], without: frozenset[Device] = frozenset()
    ) -> Placement:
        """The best placement with the memory and the cores that those who stay leave."""
        staying = [place for place in self._places if place not in leaving and place.is_on(CPU)]
        busy = sum(place.lease.placement.threads for place in staying if place.lease)
        inventory = self._room.inventory(leaving)
        inventory = replace(inventory, cores=max(1, inventory.cores - busy))
        known = self._ceilings.get(resident.key, Limits())
        ceiling = replace(known, no_devices=known.no_devices | without)
        return make_plan([resident], inventory, self._options, {resident.key: ceiling}).placements[0]


def _name(resident: ModelHandle) -> str:
    return resident.stage.capitalize() or str(resident.key)
