"""What one stage could do: every device and precision that is there, allowed, wished and large enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import DeviceError, UsageError
from .device import CPU
from .inventory import DeviceState, Inventory
from .ladder import Ceiling
from .resident import Need, Resident
from .sizes import GB, MB, format_bytes
from .wishes import Wishes

_NONE = Ceiling()


@dataclass(frozen=True, slots=True)
class Choice:
    """A device and a precision for one stage, with the batch sizes that fit there when it is alone, largest first.

    `rank` counts the better precisions that the device offers too.
    """

    resident: Resident
    state: DeviceState
    compute_type: str
    rank: int
    batch_sizes: tuple[int, ...]

    def need(self, batch_size: int) -> Need:
        """What it takes with batches of that size."""
        return self.resident.need(self.state.device.kind, self.compute_type, batch_size)


def room_of(state: DeviceState, limit_bytes: int | None) -> int | None:
    """The bytes to plan with: what is free, less a margin for what nobody counts, or the limit; None is unknown."""
    free = state.free_bytes
    if free is not None:
        margin = min(GB, max(256 * MB, (state.total_bytes or 0) // 20))
        free = max(0, free - margin)
    if limit_bytes is None or state.device == CPU:
        return free
    return limit_bytes if free is None else min(free, limit_bytes)


def choices_of(resident: Resident, inventory: Inventory, wishes: Wishes, ceiling: Ceiling) -> tuple[Choice, ...]:
    """What is open to a resident, best first.

    Raises DeviceError where a device that was asked for is missing, unfit or too small, or where nothing is large
    enough, and UsageError for a compute type that cannot be had.
    """
    states = _allowed(resident, inventory, wishes, ceiling)
    typed = [(state, precisions(resident, state, wishes, ceiling)) for state in states]
    if not any(types for _, types in typed):
        raise _no_precision(resident, states, wishes)
    found = [
        Choice(resident, state, name, rank, sizes)
        for state, types in typed
        for rank, name in enumerate(types)
        if (sizes := _fitting(resident, state, name, wishes, ceiling))
    ]
    if not found:
        raise _too_small(resident, typed, wishes)
    return tuple(found)


def _allowed(resident: Resident, inventory: Inventory, wishes: Wishes, ceiling: Ceiling) -> list[DeviceState]:
    asked, own = wishes.device_for(resident.stage), wishes.of(resident.stage).device
    usable = [state for state in inventory.devices if _can_run(resident, state)]
    if asked is None:
        return [state for state in usable if state.device not in ceiling.no_devices]
    there = inventory.find(asked)
    if there is None:
        raise DeviceError(f"Device {asked} is not there; this machine has: {inventory}. Try --device auto.")
    if there in usable:
        return [there]
    if own is not None:
        fit = ", ".join(str(state.device) for state in usable)
        raise DeviceError(f"{_name(resident)} cannot run on {asked}; choose one of: {fit}.")
    return [state for state in usable if state.device == CPU]


def _can_run(resident: Resident, state: DeviceState) -> bool:
    return state.device.kind in resident.kinds and resident.engine in state.compute_types


def precisions(resident: Resident, state: DeviceState, wishes: Wishes, ceiling: Ceiling) -> tuple[str, ...]:
    """The precisions to choose from: the one wished, or those of the resident that have not failed."""
    wished = wishes.of(resident.stage).compute_type
    if wished is not None:
        return (wished,) if wished in state.compute_types.get(resident.engine, ()) else ()
    types = resident.compute_types(state)
    return tuple(name for name in types if name not in ceiling.no_compute_types)


def _fitting(resident: Resident, state: DeviceState, name: str, wishes: Wishes, ceiling: Ceiling) -> tuple[int, ...]:
    room = room_of(state, wishes.memory_limit_bytes)
    sizes = batch_sizes(resident, state.device.kind, wishes, ceiling)
    if room is None:
        return sizes
    return tuple(size for size in sizes if resident.need(state.device.kind, name, size).total_bytes <= room)


def batch_sizes(resident: Resident, kind: str, wishes: Wishes, ceiling: Ceiling = _NONE) -> tuple[int, ...]:
    """The batch sizes to choose from, largest first: the one wished, as long as it has not failed."""
    known, wished, most = resident.sizes_on(kind), wishes.of(resident.stage).batch_size, ceiling.batch_size
    if wished is not None and (most is None or wished <= most):
        return (wished,)
    # The smallest stays: there is nothing below it to try.
    return tuple(size for size in known if most is None or size <= most) or known[-1:]


def _name(resident: Resident) -> str:
    return resident.stage.capitalize() or str(resident.key)


def _no_precision(resident: Resident, states: Sequence[DeviceState], wishes: Wishes) -> Exception:
    wished = wishes.of(resident.stage).compute_type
    if wished is None or not states:
        return DeviceError(f"{_name(resident)} has no device left to run on; try --device cpu.")
    known = ", ".join(["auto", *sorted({name for state in states for name in state.compute_types[resident.engine]})])
    places = " or ".join(str(state.device) for state in states)
    return UsageError(f"{places} cannot compute in {wished!r}; choose one of: {known}.")


def _too_small(resident: Resident, typed: Sequence[tuple[DeviceState, Sequence[str]]], wishes: Wishes) -> DeviceError:
    least, state = min(
        (
            (
                resident.need(
                    state.device.kind, name, min(batch_sizes(resident, state.device.kind, wishes))
                ).total_bytes,
                state,
            )
            for state, types in typed
            for name in types
        ),
        key=lambda pair: pair[0],
    )
    room = room_of(state, wishes.memory_limit_bytes)
    remedy = "a smaller model" if wishes.device_for(resident.stage) is None else "a smaller model or --device auto"
    return DeviceError(
        f"{_name(resident)} needs {format_bytes(least)}, and {state.device} has {format_bytes(room)} to give; "
        f"choose {remedy}."
    )
