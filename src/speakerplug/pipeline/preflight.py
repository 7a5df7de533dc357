"""Prepare all stages before any work is done: fetch what they need, plan their devices, and load them."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from ..devices import DeviceManager, ModelHandle, Plan
from ..diarizers.fallbacks import Fallbacks
from ..errors import ModelError, PluginError, kind_of
from ..plugin.guard import naming
from ..plugin.roles import Diarizer, Recognizer
from ..system.progress import Progress

log = logging.getLogger(__name__)


def prepare(stages: Sequence[Recognizer | Diarizer], devices: DeviceManager, progress: Progress) -> bool:
    """Fetch what every stage needs, plan devices for all, and load; return whether they may run concurrently.

    With several diarizers, the next one is used if one cannot be loaded. Raises what the stages raise.
    """
    handles = []
    for stage in stages:
        with naming(stage.name.capitalize()):
            handles.append(_handle(stage, devices, progress))
    needed = [handle for handle in handles if handle is not None]
    plan = devices.plan(needed) if needed else None
    for stage, handle in zip(stages, handles, strict=True):
        try:
            with naming(stage.name.capitalize()):
                _load(handle, devices)
        except (ModelError, PluginError) as error:
            if not isinstance(stage, Fallbacks):
                raise
            stage.give_up(error)
            return prepare(stages, devices, progress)
    return plan is not None and _is_concurrent(plan, devices)


def _handle(stage: Recognizer | Diarizer, devices: DeviceManager, progress: Progress) -> ModelHandle | None:
    """Return the model handle of a stage; raises TypeError for an object that the device manager cannot load."""
    handle = stage.prepare(devices, progress)
    if handle is None or all(hasattr(handle, name) for name in NEEDED):
        return handle
    raise TypeError(f"it gave {kind_of(handle)} to be loaded, not a ModelHandle")


NEEDED = ("key", "stage", "need", "load", "unload")


def _load(handle: ModelHandle | None, devices: DeviceManager) -> None:
    if handle is not None:
        with devices.hold(handle):
            log.debug("%s is loaded", handle.key)


def _is_concurrent(plan: Plan, devices: DeviceManager) -> bool:
    """Return whether the stages may run concurrently; one without a local model, as in a cloud, blocks nothing."""
    return plan.concurrent or (len(plan.placements) == 1 and devices.device_options.concurrency != "off")
