"""What one stage could do: every device and precision that is there, allowed, wished and large enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import DeviceError, UsageError
from .device import CPU
from .inventory import DeviceState, Inventory
from .model_handle import MemoryEstimate, ModelHandle
from .oom_fallback import Limits
from .options import DeviceOptions
from .sizes import GB, MB, format_bytes

_NONE = Limits()


@dataclass(frozen=True, slots=True)
class Choice:
    """A device and a precision for one stage, with the batch sizes that fit there when it is alone, largest first.

    `rank` counts the better precisions that the device offers too.
    """

    resident: ModelHandle
    state: DeviceState
    compute_type: str
    rank: int
    batch_sizes: tuple[int, ...]

    def need(self, batch_size: int) -> MemoryEstimate:
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


def choices_of(
    resident: ModelHandle, inventory: Inventory, device_options: DeviceOptions, ceiling: Limits
) -> tuple[Choice, ...]:
    """What is open to a resident, best first.

    Raises DeviceError where a device that was asked for is missing, unfit or too small, or where nothing is large
    enough, and UsageError for a compute type that cannot be had.
    """
    states = _allowed(resident, inventory, device_options, ceiling)
    typed = [(state, precisions(resident, state, device_options, ceiling)) for state in states]
    if not any(types for _, types in typed):
        raise _no_precision(resident, states, device_options)
    found = [
        Choice(resident, state, name, rank, sizes)
        for state, types in typed
        for rank, name in enumerate(types)
        if (sizes := _fitting(resident, state, name, device_options, ceiling))
    ]
    if not found:
        raise _too_small(resident, typed, device_options)
    return tuple(found)


def _allowed(
    resident: ModelHandle, inventory: Inventory, device_options: DeviceOptions, ceiling: Limits
) -> list[DeviceState]:
    asked, own = device_options.device_for(resident.stage), device_options.of(resident.stage).device
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


def _can_run(resident: ModelHandle, state: DeviceState) -> bool:
    return state.device.kind in resident.kinds and resident.engine in state.compute_types


def precisions(
    resident: ModelHandle, state: DeviceState, device_options: DeviceOptions, ceiling: Limits
) -> tuple[str, ...]:
    """The precisions to choose from: the one wished, or those of the resident that have not failed."""
    wished = device_options.of(resident.stage).compute_type
    if wished is not None:
        return (wished,) if wished in state.compute_types.get(resident.engine, ()) else ()
    types = resident.compute_types(state)
    return tuple(name for name in types if name not in ceiling.no_compute_types)


def _fitting(
    resident: ModelHandle, state: DeviceState, name: str, device_options: DeviceOptions, ceiling: Limits
) -> tuple[int, ...]:
    room = room_of(state, device_options.memory_limit_bytes)
    sizes = batch_sizes(resident, state.device.kind, device_options, ceiling)
    if room is None:
        return sizes
    return tuple(size for size in sizes if resident.need(state.device.kind, name, size).total_bytes <= room)


def batch_sizes(
    resident: ModelHandle, kind: str, device_options: DeviceOptions, ceiling: Limits = _NONE
) -> tuple[int, ...]:
    """The batch sizes to choose from, largest first: the one wished, as long as it has not failed."""
    known, wished, most = resident.sizes_on(kind), device_options.of(resident.stage).batch_size, ceiling.batch_size
    if wished is not None and (most is None or wished <= most):
        return (wished,)
    # The smallest stays: there is nothing below it to try.
    return tuple(size for size in known if most is None or size <= most) or known[-1:]


def _name(resident: ModelHandle) -> str:
    return resident.stage.capitalize() or str(resident.key)


def _no_precision(resident: ModelHandle, states: Sequence[DeviceState], device_options: DeviceOptions) -> Exception:
    wished = device_options.of(resident.stage).compute_type
    if wished is None or not states:
        return DeviceError(f"{_name(resident)} has no device left to run on; try --device cpu.")
    known = ", ".join(["auto", *sorted({name for state in states for name in state.compute_types[resident.engine]})])
    places = " or ".join(str(state.device) for state in states)
    return UsageError(f"{places} cannot compute in {wished!r}; choose one of: {known}.")


def _too_small(
    resident: ModelHandle, typed: Sequence[tuple[DeviceState, Sequence[str]]], device_options: DeviceOptions
) -> DeviceError:
    least, state = min(
        (
            (
                resident.need(
                    state.device.kind, name, min(batch_sizes(resident, state.device.kind, device_options))
                ).total_bytes,
                state,
            )
            for state, types in typed
            for name in types
        ),
        key=lambda pair: pair[0],
    )
    room = room_of(state, device_options.memory_limit_bytes)
    remedy = (
        "a smaller model" if device_options.device_for(resident.stage) is None else "a smaller model or --device auto"
    )
    return DeviceError(
        f"{_name(resident)} needs {format_bytes(least)}, and {state.device} has {format_bytes(room)} to give; "
        f"choose {remedy}."
    )
