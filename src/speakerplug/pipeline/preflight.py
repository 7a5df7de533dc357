"""Prepare all stages before any work is done: fetch what they need, plan their devices, and load the first of them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from ..devices import CPU, DeviceManager, ModelHandle, Plan
from ..diarizers.fallbacks import Fallbacks
from ..errors import ModelError, PluginError, kind_of
from ..plugin.guard import naming
from ..plugin.roles import Diarizer, Recognizer
from ..system.progress import Progress

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Prepared:
    """Stages that are planned and loaded: whether they may run `concurrent`ly, and how many of them are `loaded`."""

    concurrent: bool
    loaded: int


def prepare(stages: Sequence[Recognizer | Diarizer], devices: DeviceManager, progress: Progress) -> Prepared:
    """Fetch what every stage needs, plan devices for all, and load them.

    Of two that run concurrently, only the first is loaded, so that its work does not wait for the imports of the
    second; the caller has the second loaded by `load`. With several diarizers, which are loaded here, the next one is
    used if one cannot be loaded. Raises what the stages raise.
    """
    handles, plan = fetch_and_plan(stages, devices, progress)
    concurrent = plan is not None and _is_concurrent(plan, devices)
    now = 1 if concurrent and plan is not None and _may_wait(stages, plan) else len(stages)
    for stage, handle in zip(stages[:now], handles[:now], strict=True):
        try:
            _load(stage, handle, devices, progress)
        except (ModelError, PluginError) as error:
            if not isinstance(stage, Fallbacks):
                raise
            stage.give_up(error)
            return prepare(stages, devices, progress)
    return Prepared(concurrent, now)


def fetch_and_plan(
    stages: Sequence[Recognizer | Diarizer], devices: DeviceManager, progress: Progress
) -> tuple[list[ModelHandle | None], Plan | None]:
    """Fetch what every stage needs and plan devices for all; return what is to be loaded of each, and the plan."""
    handles = []
    for stage in stages:
        with naming(stage.name.capitalize()):
            handles.append(_handle(stage, devices, progress))
    needed = [handle for handle in handles if handle is not None]
    return handles, devices.plan(needed) if needed else None


def load(stage: Recognizer | Diarizer, devices: DeviceManager, progress: Progress) -> None:
    """Load a stage that was planned by `prepare`, while the other one may be at work."""
    with naming(stage.name.capitalize()):
        handle = _handle(stage, devices, progress)
    _load(stage, handle, devices, progress)


def _handle(stage: Recognizer | Diarizer, devices: DeviceManager, progress: Progress) -> ModelHandle | None:
    """Return the model handle of a stage; raises TypeError for an object that the device manager cannot load."""
    handle = stage.prepare(devices, progress)
    if handle is None or all(hasattr(handle, name) for name in NEEDED):
        return handle
    raise TypeError(f"it gave {kind_of(handle)} to be loaded, not a ModelHandle")


NEEDED = ("key", "stage", "need", "load", "unload")


def _load(stage: Recognizer | Diarizer, handle: ModelHandle | None, devices: DeviceManager, progress: Progress) -> None:
    if handle is None:
        return
    name = handle.stage or stage.name
    progress(name, 0.0, 1.0)
    with naming(stage.name.capitalize()), devices.hold(handle):
        log.debug("%s is loaded", handle.key)
    progress(name, 1.0, 1.0)


def _may_wait(stages: Sequence[Recognizer | Diarizer], plan: Plan) -> bool:
    """Return whether the second stage may be loaded while the first is at work.

    Not onto the same GPU: there the memory that a model takes is measured while no other works.
    """
    if any(isinstance(stage, Fallbacks) for stage in stages):
        return False
    places = [placement.device for placement in plan.placements]
    return len(stages) == 2 and (len(set(places)) == len(places) or set(places) == {CPU})


def _is_concurrent(plan: Plan, devices: DeviceManager) -> bool:
    """Return whether the stages may run concurrently; one without a local model, as in a cloud, blocks nothing."""
    return plan.concurrent or (len(plan.placements) == 1 and devices.device_options.concurrency != "off")
