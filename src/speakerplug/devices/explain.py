"""Saying why a plan is as it is, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .candidates import room_of
from .device import CPU, Device
from .inventory import DeviceState, Inventory
from .model_handle import ModelHandle, Placement
from .options import DeviceOptions
from .sizes import format_bytes


def reasons_for(
    residents: Sequence[ModelHandle],
    placements: Sequence[Placement],
    inventory: Inventory,
    device_options: DeviceOptions,
    concurrent: bool,
    swaps: bool,
) -> tuple[str, ...]:
    """Why the stages are where they are, why they are as they are, and whether they run at once."""
    found: list[str] = []
    for resident, placement in zip(residents, placements, strict=True):
        found += _of_stage(resident, placement, inventory, device_options)
    if len(placements) > 1:
        found.append(_of_all(placements, inventory, device_options, concurrent, swaps))
    return tuple(found)


def _of_stage(
    resident: ModelHandle, placement: Placement, inventory: Inventory, device_options: DeviceOptions
) -> Iterator[str]:
    stage, device = resident.stage or "it", placement.device
    if device_options.device_for(resident.stage) == device:
        yield f"{stage}: {device} was asked for."
    elif device == CPU:
        yield from (_why_not(resident, state, device_options) for state in inventory.devices if state.device != CPU)
        if len(inventory.devices) == 1:
            yield f"{stage}: there is no GPU."
    if device != CPU:
        state = inventory.find(device)
        room = room_of(state, device_options.memory_limit_bytes) if state else None
        yield f"{stage}: needs {format_bytes(placement.need.total_bytes)} of {format_bytes(room)} on {device}."
    largest = resident.sizes_on(device.kind)[0]
    if device_options.of(resident.stage).batch_size is None and placement.batch_size < largest:
        yield f"{stage}: batch {placement.batch_size} instead of {largest}, so that it fits."
    best = resident.compute_types(state)[:1] if (state := inventory.find(device)) else ()
    if device_options.of(resident.stage).compute_type is None and best and best[0] != placement.compute_type:
        yield f"{stage}: {placement.compute_type} instead of {best[0]}, so that it fits."


def _why_not(resident: ModelHandle, state: DeviceState, device_options: DeviceOptions) -> str:
    stage, device = resident.stage or "it", state.device
    if device.kind not in resident.kinds or resident.engine not in state.compute_types:
        return f"{stage}: {resident.engine} does not run on {device}."
    types, room = resident.compute_types(state), room_of(state, device_options.memory_limit_bytes)
    needs = [resident.need(device.kind, name, resident.sizes_on(device.kind)[-1]).total_bytes for name in types]
    if device_options.device_for(resident.stage) is None and needs and room is not None and min(needs) > room:
        least = format_bytes(min(needs))
        return f"{stage}: {device} is too small, it has {format_bytes(room)} to give and at least {least} is needed."
    return f"{stage}: {device} is left out."


def _of_all(
    placements: Sequence[Placement], inventory: Inventory, device_options: DeviceOptions, concurrent: bool, swaps: bool
) -> str:
    devices = [placement.device for placement in placements]
    if swaps:
        return f"They do not fit on {_shared(devices)} together: one leaves before the other comes."
    if not concurrent:
        if device_options.concurrency == "off":
            return "They run one after the other, as asked."
        if set(devices) == {CPU}:
            return "They run one after the other: there is one core."
        return "They run one after the other."
    if set(devices) == {CPU}:
        return f"They run at once and share the {inventory.cores} cores."
    if len(set(devices)) == 1:
        return f"They run at once: both fit on {devices[0]}."
    if CPU not in devices and len(set(devices)) == len(devices):
        return "They run at once, each on a GPU of its own."
    return "They run at once, on different devices."


def _shared(devices: Sequence[Device]) -> Device:
    return max(devices, key=lambda device: (devices.count(device), device != CPU))
