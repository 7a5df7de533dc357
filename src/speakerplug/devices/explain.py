"""Explain a plan, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .candidates import can_run, room_on
from .device import CPU, DeviceState, Inventory, format_bytes
from .model_handle import ModelHandle, Placement
from .options import DeviceOptions


def reasons_for(
    handles: Sequence[ModelHandle],
    placements: Sequence[Placement],
    inventory: Inventory,
    options: DeviceOptions,
    concurrent: bool,
    swaps: bool,
) -> tuple[str, ...]:
    """Return why the stages run where and as they do, and whether they run concurrently, a sentence each."""
    found: list[str] = []
    for handle, placement in zip(handles, placements, strict=True):
        found += _of_stage(handle, placement, inventory, options)
    if len(placements) > 1:
        found.append(_of_all(placements, inventory, options, concurrent, swaps))
    return tuple(found)


def _of_stage(handle: ModelHandle, placement: Placement, inventory: Inventory, options: DeviceOptions) -> Iterator[str]:
    stage, device = handle.stage or "it", placement.device
    if options.device_for(handle.stage) == device:
        yield f"{stage}: {device} was asked for."
    elif device == CPU:
        yield from (_why_not(handle, state, options) for state in inventory.devices if state.device != CPU)
        if len(inventory.devices) == 1:
            yield f"{stage}: there is no GPU."
    if device != CPU:
        state = inventory.find(device)
        room = room_on(state, options.memory_limit_bytes) if state else None
        yield f"{stage}: needs {format_bytes(placement.need.total_bytes)} of {format_bytes(room)} on {device}."
    largest = handle.sizes_on(device.kind)[0]
    if options.of(handle.stage).batch_size is None and placement.batch_size < largest:
        yield f"{stage}: batch {placement.batch_size} instead of {largest}, so that it fits."
    best = handle.compute_types(state)[:1] if (state := inventory.find(device)) else ()
    if options.of(handle.stage).compute_type is None and best and best[0] != placement.compute_type:
        yield f"{stage}: {placement.compute_type} instead of {best[0]}, so that it fits."


def _why_not(handle: ModelHandle, state: DeviceState, options: DeviceOptions) -> str:
    stage, device = handle.stage or "it", state.device
    if why := state.unavailable.get(handle.engine):
        return f"{stage}: {handle.engine} cannot compute on {device}: {why}."
    if not can_run(handle, state):
        return f"{stage}: {handle.engine} does not run on {device}."
    types, room = handle.compute_types(state), room_on(state, options.memory_limit_bytes)
    needs = [handle.need(device.kind, name, handle.sizes_on(device.kind)[-1]).total_bytes for name in types]
    if options.device_for(handle.stage) is None and needs and room is not None and min(needs) > room:
        least = format_bytes(min(needs))
        return f"{stage}: {device} is too small, it has {format_bytes(room)} to give and at least {least} is needed."
    return f"{stage}: {device} is left out."


def _of_all(
    placements: Sequence[Placement], inventory: Inventory, options: DeviceOptions, concurrent: bool, swaps: bool
) -> str:
    devices = [placement.device for placement in placements]
    if swaps:
        shared = max(devices, key=lambda device: (devices.count(device), device != CPU))
        return f"They do not fit on {shared} together: one is offloaded before the other is loaded."
    if not concurrent:
        if options.concurrency == "off":
            return "They run one after the other, as asked."
        if set(devices) == {CPU}:
            return "They run one after the other: there is one core."
        return "They run one after the other."
    if set(devices) == {CPU}:
        return f"They run concurrently and share the {inventory.cores} cores."
    if len(set(devices)) == 1:
        return f"They run concurrently: both fit on {devices[0]}."
    if CPU not in devices and len(set(devices)) == len(devices):
        return "They run concurrently, each on a GPU of its own."
    return "They run concurrently, on different devices."
