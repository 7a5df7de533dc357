"""Down the ladder when memory runs out: a smaller batch, alone on the device, a smaller precision, another device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .device import CPU, Device
from .model_handle import Placement


@dataclass(frozen=True, slots=True)
class Limits:
    """What experience has taught about one resident: how far up it may go from now on.

    Nothing else may be on the device `alone_on`. `batch_size`: at most so many items, None if no bound is known.
    """

    batch_size: int | None = None
    alone_on: Device | None = None
    no_compute_types: frozenset[str] = frozenset()
    no_devices: frozenset[Device] = frozenset()


@dataclass(frozen=True, slots=True)
class Step:
    """One step down: the new ceiling, and what is done, to be said in a sentence."""

    ceiling: Limits
    action: str


def step_down(
    ceiling: Limits,
    placement: Placement,
    *,
    batch_sizes: Sequence[int],
    compute_types: Sequence[str],
    in_company: bool,
    is_explicit: bool,
) -> Step | None:
    """The next step after `placement` ran out of memory; None at the foot of the ladder.

    `batch_sizes` and `compute_types` are those to choose from, best first; `in_company` says that others are loaded
    on the device; an `is_explicit` device, which the user asked for, is not left, and nor is the CPU.
    """
    smaller = [size for size in batch_sizes if size < placement.batch_size]
    if smaller:
        return Step(replace(ceiling, batch_size=max(smaller)), f"going on with a batch of {max(smaller)}")
    if in_company and ceiling.alone_on != placement.device:
        return Step(replace(ceiling, alone_on=placement.device), f"going on alone on {placement.device}")
    spent = ceiling.no_compute_types | {placement.compute_type}
    left = [name for name in compute_types if name not in spent]
    if left:
        return Step(replace(ceiling, no_compute_types=spent), f"going on in {left[0]}")
    if is_explicit or placement.device == CPU:
        return None
    return leave(ceiling, placement.device)


def leave(ceiling: Limits, device: Device) -> Step:
    """Give up a device; elsewhere every batch size, every precision and company are open again."""
    return Step(Limits(no_devices=ceiling.no_devices | {device}), f"going on without {device}")
