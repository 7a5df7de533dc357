"""The out-of-memory fallback: how a model goes on after a failure.

With a smaller batch, then alone on the device, then in a smaller precision, then on another device.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from .device import CPU, Device
from .failures import MEMORY
from .model_handle import ModelHandle, Placement


@dataclass(frozen=True, slots=True)
class Limits:
    """What earlier failures allow one model: no other may be on the device `alone_on`, and batches have at most
    `batch_size` items, None if no bound is known.
    """

    batch_size: int | None = None
    alone_on: Device | None = None
    no_compute_types: frozenset[str] = frozenset()
    no_devices: frozenset[Device] = frozenset()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the fallback: the new limits, the action as part of a message, and the new placement.

    Without a `placement` the model is planned anew, within the limits.
    """

    limits: Limits
    action: str
    placement: Placement | None = None


def next_step(
    handle: ModelHandle,
    placement: Placement,
    failure: str,
    limits: Limits,
    *,
    compute_types: Callable[[], Sequence[str]],
    in_company: bool,
    is_explicit: bool,
) -> Step | None:
    """Return how to go on after `placement` failed; None if nothing is left to try.

    `compute_types` returns those to choose from there, best first; `in_company` means that other models are loaded on
    the device; a device that the user has chosen (`is_explicit`) is kept, and so is the CPU.
    """
    device = placement.device
    if failure == MEMORY:
        smaller = [size for size in handle.sizes_on(device.kind) if size < placement.batch_size]
        if smaller:
            size = max(smaller)
            need = handle.need(device.kind, placement.compute_type, size)
            known = replace(limits, batch_size=size)
            return Step(known, f"going on with a batch of {size}", replace(placement, batch_size=size, need=need))
        if in_company and limits.alone_on != device:
            return Step(replace(limits, alone_on=device), f"going on alone on {device}", placement)
        spent = limits.no_compute_types | {placement.compute_type}
        here = placement.need.total_bytes
        left = [
            name
            for name in compute_types()
            if name not in spent and handle.need(device.kind, name, placement.batch_size).total_bytes < here
        ]
        if left:
            return Step(replace(limits, no_compute_types=spent), f"going on in {left[0]}")
    if is_explicit or device == CPU:
        return None
    # On another device, all batch sizes and precisions are open again, also next to other models.
    return Step(Limits(no_devices=limits.no_devices | {device}), f"going on without {device}")
