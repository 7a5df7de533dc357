"""Deciding where and how each stage runs, and whether they run at once: pure, from what is needed and what is there.

A better precision is worth more than running at once, and that is worth more than a large batch; a GPU is always
worth it. So of all ways to place the stages the first is taken, in this order of preference: fewest stages on the CPU
that need not be there, best precisions, nobody has to leave for another, each GPU to itself, least batch given up.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from .candidates import Choice, choices_of, room_of
from .device import CPU, Device
from .explain import reasons_for
from .inventory import Inventory
from .model_handle import ModelHandle, Placement
from .oom_fallback import Limits
from .options import DeviceOptions


@dataclass(frozen=True, slots=True)
class Plan:
    """Where and how each stage runs; `concurrent` if at once, `swaps` if one leaves before the other comes."""

    placements: tuple[Placement, ...]
    concurrent: bool = False
    swaps: bool = False
    reasons: tuple[str, ...] = ()

    def of(self, stage: str) -> Placement:
        """The placement of a stage; KeyError for one that was not planned."""
        for placement in self.placements:
            if placement.stage == stage:
                return placement
        raise KeyError(stage)

    def explain(self) -> str:
        """A line for each stage, then the reasons, a sentence each."""
        width = max((len(placement.stage) for placement in self.placements), default=0)
        lines = [f"{placement.stage:<{width}}  {placement}, {_threads(placement)}" for placement in self.placements]
        return "\n".join((*lines, *self.reasons))

    def as_dict(self) -> dict[str, Any]:
        """The decisions, ready for JSON."""
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
    """One way to place all stages: a choice and a batch size each."""

    choices: tuple[Choice, ...]
    sizes: tuple[int, ...]
    swaps: bool

    def cost(self, order: Sequence[Device]) -> tuple[int, ...]:
        """How far it is from the ideal; less is better, the first difference decides."""
        devices = [choice.state.device for choice in self.choices]
        gpus = [device for device in devices if device != CPU]
        return (
            devices.count(CPU),
            sum(choice.rank for choice in self.choices),
            self.swaps,
            len(gpus) - len(set(gpus)),
            sum(choice.batch_sizes.index(size) for choice, size in zip(self.choices, self.sizes, strict=True)),
            *(order.index(device) for device in devices),
        )


def make_plan(
    residents: Sequence[ModelHandle],
    inventory: Inventory,
    device_options: DeviceOptions | None = None,
    ceilings: Mapping[Hashable, Limits] | None = None,
) -> Plan:
    """The best way to place the residents, by stage, with what is free now.

    `ceilings` are by resident's key: what has failed before. Raises DeviceError where it cannot be done, with the
    remedy, and UsageError for a compute type that cannot be had.
    """
    device_options, known = device_options or DeviceOptions(), ceilings or {}
    open_choices = [choices_of(one, inventory, device_options, known.get(one.key, Limits())) for one in residents]
    rooms = {state.device: room_of(state, device_options.memory_limit_bytes) for state in inventory.devices}
    drafts = [draft for choices in product(*open_choices) for draft in _drafts(choices, rooms)]
    if device_options.concurrency == "on":
        drafts = [draft for draft in drafts if not draft.swaps] or drafts
    order = [state.device for state in inventory.devices]
    best = min(drafts, key=lambda draft: draft.cost(order))
    concurrent = _is_concurrent(best, inventory.cores, device_options, known)
    placements = _placements(best, _threads_of(best, inventory.cores, concurrent))
    why = reasons_for(residents, placements, inventory, device_options, concurrent, best.swaps)
    return Plan(placements, concurrent, best.swaps, why)


def _drafts(choices: tuple[Choice, ...], rooms: Mapping[Device, int | None]) -> Iterator[_Draft]:
    """Side by side, with batches made smaller until all fit; if they do not, each alone in its turn."""
    sizes = [choice.batch_sizes[0] for choice in choices]
    while (full := _full_device(choices, sizes, rooms)) is not None:
        saving, index, size = max(_savings(choices, sizes, full), default=(0, 0, 0))
        if not saving:
            yield _Draft(choices, tuple(choice.batch_sizes[0] for choice in choices), swaps=True)
            return
        sizes[index] = size
    yield _Draft(choices, tuple(sizes), swaps=False)


def _full_device(choices: Sequence[Choice], sizes: Sequence[int], rooms: Mapping[Device, int | None]) -> Device | None:
    """A device on which they do not fit together."""
    used: dict[Device, int] = {}
    for choice, size in zip(choices, sizes, strict=True):
        device, room = choice.state.device, rooms[choice.state.device]
        used[device] = used.get(device, 0) + choice.need(size).total_bytes
        if room is not None and used[device] > room:
            return device
    return None


def _savings(choices: Sequence[Choice], sizes: Sequence[int], device: Device) -> Iterator[tuple[int, int, int]]:
    """What each stage on `device` saves with its next smaller batch: bytes, which stage, and that batch size."""
    for index, (choice, size) in enumerate(zip(choices, sizes, strict=True)):
        smaller = choice.batch_sizes[choice.batch_sizes.index(size) + 1 :]
        if choice.state.device == device and smaller:
            yield choice.need(size).total_bytes - choice.need(smaller[0]).total_bytes, index, smaller[0]


def _is_concurrent(
    draft: _Draft, cores: int, device_options: DeviceOptions, ceilings: Mapping[Hashable, Limits]
) -> bool:
    if len(draft.choices) < 2 or draft.swaps or device_options.concurrency == "off":
        return False
    devices = [choice.state.device for choice in draft.choices]
    for choice in draft.choices:
        alone_on = ceilings.get(choice.resident.key, Limits()).alone_on
        if alone_on == choice.state.device and devices.count(alone_on) > 1:
            return False
    return device_options.concurrency == "on" or devices.count(CPU) <= cores


def _threads_of(draft: _Draft, cores: int, concurrent: bool) -> list[int]:
    """All cores for each stage in its turn; at once a GPU's stage gets one, and those on the CPU share the rest."""
    on_cpu = [choice.state.device == CPU for choice in draft.choices]
    if not concurrent:
        return [cores] * len(on_cpu)
    sharing = sum(on_cpu) or len(on_cpu)
    left = max(sharing, cores - (len(on_cpu) - sharing))
    shares = iter(left // sharing + (number < left % sharing) for number in range(sharing))
    return [next(shares) if here or not any(on_cpu) else 1 for here in on_cpu]


def _placements(draft: _Draft, threads: Sequence[int]) -> tuple[Placement, ...]:
    return tuple(
        Placement(choice.resident.stage, choice.state.device, choice.compute_type, size, count, choice.need(size))
        for choice, size, count in zip(draft.choices, draft.sizes, threads, strict=True)
    )


def _threads(placement: Placement) -> str:
    return f"{placement.threads} thread{'s' if placement.threads != 1 else ''}"
