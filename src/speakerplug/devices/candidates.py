"""The candidates of one stage: every available, allowed and large enough device, in every precision that it has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..errors import DeviceError, UsageError
from .device import COMPUTE_TYPES, CPU, GB, MB, Device, DeviceState, Inventory, format_bytes
from .model_handle import MemoryEstimate, ModelHandle, name_of
from .oom_fallback import Limits
from .options import DeviceOptions


@dataclass(frozen=True, slots=True)
class Candidate:
    """A device and a precision for one stage, with the batch sizes that fit there when it is alone, largest first.

    `rank` counts the better precisions that the model could have on such a device, offered by this one or not: so the
    ranks of different cards compare.
    """

    handle: ModelHandle
    device: Device
    compute_type: str
    rank: int
    batch_sizes: tuple[int, ...]

    def need(self, batch_size: int) -> MemoryEstimate:
        """Return the memory that the model needs with batches of that size."""
        return self.handle.need(self.device.kind, self.compute_type, batch_size)

    def smaller_than_best(self, batch_size: int) -> int:
        """Return by how many sizes a batch is smaller than the largest worth trying, whatever fits here."""
        sizes = self.handle.sizes_on(self.device.kind)
        return sizes.index(batch_size) if batch_size in sizes else 0


def room_on(state: DeviceState, limit_bytes: int | None) -> int | None:
    """Return the bytes to plan with: the free memory less a margin for uncounted uses, or the limit if that is less.

    None is unknown.
    """
    free = state.free_bytes
    if free is not None:
        margin = min(GB, max(256 * MB, (state.total_bytes or 0) // 20))
        free = max(0, free - margin)
    if limit_bytes is None or state.device == CPU:
        return free
    return limit_bytes if free is None else min(free, limit_bytes)


def candidates_for(
    handle: ModelHandle, inventory: Inventory, options: DeviceOptions, limits: Limits
) -> tuple[Candidate, ...]:
    """Return the candidates for a model: devices in inventory order, on each the best precision first.

    Raises DeviceError if the requested device is missing, unsuitable or too small, or if no device is large enough,
    and UsageError for an unsupported compute type.
    """
    states = _allowed(handle, inventory, options, limits)
    typed = [(state, name) for state in states for name in compute_types_on(state, handle, options, limits)]
    if not typed:
        raise _no_compute_type(handle, states, options)
    found = []
    for state, name in typed:
        kind, room = state.device.kind, room_on(state, options.memory_limit_bytes)
        sizes = _batch_sizes(handle, kind, options, limits)
        if room is not None:
            sizes = tuple(size for size in sizes if handle.need(kind, name, size).total_bytes <= room)
        if sizes:
            found.append(Candidate(handle, state.device, name, _rank(handle, state, name), sizes))
    if not found:
        raise _too_small(handle, typed, options)
    return tuple(found)


def compute_types_on(
    state: DeviceState, handle: ModelHandle, options: DeviceOptions, limits: Limits
) -> tuple[str, ...]:
    """Return the precisions to choose from: the requested one, or those of the model that have not failed."""
    asked = options.of(handle.stage).compute_type
    if asked is not None:
        return (asked,) if asked in state.compute_types.get(handle.engine, ()) else ()
    return tuple(name for name in handle.compute_types(state) if name not in limits.no_compute_types)


def can_run(handle: ModelHandle, state: DeviceState) -> bool:
    """Return whether the model and its engine support such a device."""
    return state.device.kind in handle.kinds and handle.engine in state.compute_types


def missing(device: Device, inventory: Inventory) -> DeviceError:
    """Return the error for a requested device that does not exist."""
    why, _, remedy = inventory.absent.get(device.kind, "").partition("; ")
    hint = f"{remedy[0].upper()}{remedy[1:]}, or try" if remedy else "Try"
    return DeviceError(
        f"Device {device} is not there{why and ': '}{why}; this machine has: {inventory}. {hint} --device auto."
    )


def _allowed(handle: ModelHandle, inventory: Inventory, options: DeviceOptions, limits: Limits) -> list[DeviceState]:
    asked = options.device_for(handle.stage)
    usable = [state for state in inventory.devices if can_run(handle, state)]
    if asked is None:
        return [state for state in usable if state.device not in limits.no_devices]
    there = inventory.find(asked)
    if there is None:
        raise missing(asked, inventory)
    if there in usable:
        return [there]
    if options.of(handle.stage).device is not None:
        fit = ", ".join(str(state.device) for state in usable)
        why, _, remedy = there.unavailable.get(handle.engine, "").partition("; ")
        hint = f"{remedy}, or choose" if remedy else "choose"
        raise DeviceError(f"{name_of(handle)} cannot run on {asked}{why and ': '}{why}; {hint} one of: {fit}.")
    return [state for state in usable if state.device == CPU]


def _rank(handle: ModelHandle, state: DeviceState, compute_type: str) -> int:
    best_first = handle.compute_types(replace(state, compute_types={handle.engine: COMPUTE_TYPES}))
    return best_first.index(compute_type) if compute_type in best_first else 0


def _batch_sizes(handle: ModelHandle, kind: str, options: DeviceOptions, limits: Limits) -> tuple[int, ...]:
    """Return the batch sizes to choose from, largest first: only the requested one, as long as it has not failed."""
    known, asked, most = handle.sizes_on(kind), options.of(handle.stage).batch_size, limits.batch_size
    if asked is not None and (most is None or asked <= most):
        return (asked,)
    # The smallest stays: there is nothing below it to try.
    return tuple(size for size in known if most is None or size <= most) or known[-1:]


def _no_compute_type(handle: ModelHandle, states: Sequence[DeviceState], options: DeviceOptions) -> Exception:
    asked = options.of(handle.stage).compute_type
    if asked is None or not states:
        return DeviceError(f"{name_of(handle)} has no device left to run on; try --device cpu.")
    known = ", ".join(["auto", *sorted({name for state in states for name in state.compute_types[handle.engine]})])
    places = " or ".join(str(state.device) for state in states)
    return UsageError(f"{places} cannot compute in {asked!r}; choose one of: {known}.")


def _too_small(handle: ModelHandle, typed: Sequence[tuple[DeviceState, str]], options: DeviceOptions) -> DeviceError:
    def least(state: DeviceState, name: str) -> int:
        kind = state.device.kind
        return handle.need(kind, name, min(_batch_sizes(handle, kind, options, Limits()))).total_bytes

    needed, state = min(((least(*one), one[0]) for one in typed), key=lambda pair: pair[0])
    room = room_on(state, options.memory_limit_bytes)
    remedy = "a smaller model" if options.device_for(handle.stage) is None else "a smaller model or --device auto"
    return DeviceError(
        f"{name_of(handle)} needs {format_bytes(needed)}, and {state.device} has {format_bytes(room)} to give; "
        f"choose {remedy}."
    )
