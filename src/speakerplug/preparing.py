"""Before hours depend on it: every stage has what it needs, has a place, and is loaded."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from .devices import DeviceManager, Plan, Resident
from .diarizers.fallbacks import Fallbacks
from .environment import explained_imports
from .errors import ModelError, PluginError, SpeakerPlugError, first_line
from .stages import Diarizer, Progress, Recognizer

log = logging.getLogger(__name__)


def prepare(stages: Sequence[Recognizer | Diarizer], devices: DeviceManager, progress: Progress) -> bool:
    """Have every stage find and fetch what it needs, plan places for all, and load; whether they may run at once.

    Of several diarizers the next is taken where one cannot be loaded. Raises what the stages raise.
    """
    residents = []
    for stage in stages:
        with naming(stage.name.capitalize()):
            residents.append(stage.prepare(devices, progress))
    needed = [resident for resident in residents if resident is not None]
    plan = devices.plan(needed) if needed else None
    for stage, resident in zip(stages, residents, strict=True):
        try:
            _load(resident, devices)
        except ModelError as error:
            if not isinstance(stage, Fallbacks):
                raise
            stage.give_up(error)
            return prepare(stages, devices, progress)
    return plan is not None and _is_concurrent(plan, devices)


def _load(resident: Resident | None, devices: DeviceManager) -> None:
    if resident is not None:
        with devices.hold(resident):
            log.debug("%s is loaded", resident.key)


def _is_concurrent(plan: Plan, devices: DeviceManager) -> bool:
    """A stage that holds nothing here, such as one in a cloud, is in nobody's way."""
    return plan.concurrent or (len(plan.placements) == 1 and devices.wishes.concurrency != "off")


@contextmanager
def naming(stage: str) -> Iterator[None]:
    """Turn an unexpected error into one that names the stage it comes from."""
    try:
        with explained_imports():
            yield
    except SpeakerPlugError:
        raise
    except Exception as error:
        raise PluginError(
            f"{stage} failed ({type(error).__name__}: {first_line(error)}); choose another, or see why with -v."
        ) from error
