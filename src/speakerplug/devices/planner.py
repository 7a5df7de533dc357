"""Decide where and how each stage runs, and whether concurrently: pure, from what is needed and what is there.

A better precision is worth more than running concurrently, and that is worth more than a large batch; a GPU is always
worth it. So of all ways to place the stages the first is taken, in this order of preference: fewest stages on the CPU
that need not be there, best precisions, no model evicted for another, each GPU to itself, least batch given up.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from typing import Any

from .candidates import Candidate, candidates_for, room_on
from .device import CPU, Device, Inventory
from .explain import reasons_for
from .model_handle import ModelHandle, Placement
from .oom_fallback import Limits
from .options import DeviceOptions


@dataclass(frozen=True, slots=True)
class Plan:
    """Where and how each stage runs; `swaps` if one model is offloaded before the other is loaded."""

    placements: tuple[Placement, ...]
    concurrent: bool = False
    swaps: bool = False
    why: Callable[[], tuple[str, ...]] = field(default=tuple, compare=False, repr=False)

    @property
    def reasons(self) -> tuple[str, ...]:
        """The reasons for the plan, a sentence each; computed on each access."""
        return self.why()

    def of(self, stage: str) -> Placement:
        """Return the placement of a stage; raise KeyError for one that was not planned."""
        for placement in self.placements:
            if placement.stage == stage:
                return placement
        raise KeyError(stage)

    def explain(self) -> str:
        """Return a line for each stage, then the reasons, a sentence each."""
        width = max((len(placement.stage) for placement in self.placements), default=0)
        lines = [
            f"{one.stage:<{width}}  {one}, {one.threads} thread{'s' if one.threads != 1 else ''}"
            for one in self.placements
        ]
        return "\n".join((*lines, *self.reasons))

    __str__ = explain

    def as_dict(self) -> dict[str, Any]:
        """Return the decisions, ready for JSON."""
        stages = {
            placement.stage: {
                "device": str(placement.device),
                "compute_type": placement.compute_type,
                "batch_size": placement.batch_size,
                "threads": placement.threads,
                "need_bytes": placement.need.total_bytes,
            }
            for placement in self.placements
        }
        return {"stages": stages, "concurrent": self.concurrent, "swaps": self.swaps, "reasons": list(self.reasons)}


@dataclass(frozen=True, slots=True)
class _Draft:
    """One way to place all stages: a candidate and a batch size each."""

    candidates: tuple[Candidate, ...]
    sizes: tuple[int, ...]
    swaps: bool

    def __iter__(self) -> Iterator[tuple[Candidate, int]]:
        return zip(self.candidates, self.sizes, strict=True)

    @property
    def devices(self) -> list[Device]:
        return [candidate.device for candidate in self.candidates]

    def cost(self, order: Sequence[Device]) -> tuple[int, ...]:
        """Return the draft's costs, most important first: of two drafts the lower tuple is better."""
        gpus = [device for device in self.devices if device != CPU]
        return (
            self.devices.count(CPU),
            sum(candidate.rank for candidate in self.candidates),
            self.swaps,
            len(gpus) - len(set(gpus)),
            sum(candidate.smaller_than_best(size) for candidate, size in self),
            *(order.index(device) for device in self.devices),
        )


def make_plan(
    handles: Sequence[ModelHandle],
    inventory: Inventory,
    options: DeviceOptions | None = None,
    limits: Mapping[Hashable, Limits] | None = None,
) -> Plan:
    """Return the best way to place the models, by stage, with what is free now.

    `limits` are what earlier failures allow, by the handle's key. Raises DeviceError, with a hint, if the models
    cannot be placed, and UsageError for an unsupported compute type.
    """
    options, known = options or DeviceOptions(), limits or {}
    open_to = [candidates_for(one, inventory, options, known.get(one.key, Limits())) for one in handles]
    rooms = {state.device: room_on(state, options.memory_limit_bytes) for state in inventory.devices}
    drafts = [_draft(candidates, rooms) for candidates in product(*open_to)]
    if options.concurrency == "on":
        drafts = [draft for draft in drafts if not draft.swaps] or drafts
    order = [state.device for state in inventory.devices]
    best = min(drafts, key=lambda draft: draft.cost(order))
    concurrent = _is_concurrent(best, inventory.cores, options, known)
    placements = tuple(
        Placement(one.handle.stage, one.device, one.compute_type, size, threads, one.need(size))
        for (one, size), threads in zip(best, _threads(best.devices, inventory.cores, concurrent), strict=True)
    )
    why = partial(reasons_for, handles, placements, inventory, options, concurrent, best.swaps)
    return Plan(placements, concurrent, best.swaps, why)


def _draft(candidates: tuple[Candidate, ...], rooms: Mapping[Device, int | None]) -> _Draft:
    """Return a draft with batches small enough that all models fit together; if none are, one that swaps."""
    largest = tuple(candidate.batch_sizes[0] for candidate in candidates)
    draft = _Draft(candidates, largest, swaps=False)
    while (full := _full_device(draft, rooms)) is not None:
        saving, index, size = max(_savings(draft, full), default=(0, 0, 0))
        if not saving:
            return _Draft(candidates, largest, swaps=True)
        draft = _Draft(candidates, (*draft.sizes[:index], size, *draft.sizes[index + 1 :]), swaps=False)
    return draft


def _full_device(draft: _Draft, rooms: Mapping[Device, int | None]) -> Device | None:
    """Return a device on which the models do not fit together; None if there is none."""
    used: dict[Device, int] = {}
    for candidate, size in draft:
        device, room = candidate.device, rooms[candidate.device]
        used[device] = used.get(device, 0) + candidate.need(size).total_bytes
        if room is not None and used[device] > room:
            return device
    return None


def _savings(draft: _Draft, device: Device) -> Iterator[tuple[int, int, int]]:
    """Yield what each stage on `device` saves with its next smaller batch: bytes, stage index, and that batch size."""
    for index, (candidate, size) in enumerate(draft):
        smaller = candidate.batch_sizes[candidate.batch_sizes.index(size) + 1 :]
        if candidate.device == device and smaller:
            yield candidate.need(size).total_bytes - candidate.need(smaller[0]).total_bytes, index, smaller[0]


def _is_concurrent(draft: _Draft, cores: int, options: DeviceOptions, limits: Mapping[Hashable, Limits]) -> bool:
    if len(draft.candidates) < 2 or draft.swaps or options.concurrency == "off":
        return False
    for candidate in draft.candidates:
        alone_on = limits.get(candidate.handle.key, Limits()).alone_on
        if alone_on == candidate.device and draft.devices.count(alone_on) > 1:
            return False
    return options.concurrency == "on" or draft.devices.count(CPU) <= cores


def _threads(devices: Sequence[Device], cores: int, concurrent: bool) -> list[int]:
    """Return all cores for each stage in turn; concurrently, one for each on a GPU, and the rest shared on the CPU."""
    if not concurrent:
        return [cores] * len(devices)
    on_cpu = devices.count(CPU)
    sharing = on_cpu or len(devices)
    left = max(sharing, cores - (len(devices) - sharing))
    shares = iter(left // sharing + (number < left % sharing) for number in range(sharing))
    return [next(shares) if device == CPU or not on_cpu else 1 for device in devices]
