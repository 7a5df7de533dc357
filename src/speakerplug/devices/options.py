"""Options for devices: for all stages or for one, by argument or by environment variable."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from ..errors import UsageError
from ..system.arguments import named
from .device import Device, parse_bytes, parse_device

CONCURRENCY = ("auto", "on", "off")
PREFIX = "SPEAKERPLUG_"
_TO_CHOOSE = (None, "", "auto", "default")


@dataclass(frozen=True, slots=True)
class StageOptions:
    """Options of one stage; None leaves the choice to the plan."""

    device: Device | None = None
    compute_type: str | None = None
    batch_size: int | None = None


@dataclass(frozen=True, slots=True)
class DeviceOptions:
    """Options: a device for every stage, options of single stages by name, and limits.

    `concurrency` is auto, on or off; `memory_limit_bytes` is the most to use of each GPU.
    """

    device: Device | None = None
    stages: Mapping[str, StageOptions] = field(default_factory=dict)
    concurrency: str = "auto"
    memory_limit_bytes: int | None = None

    def __post_init__(self) -> None:
        if self.concurrency not in CONCURRENCY:
            raise UsageError(f"Invalid concurrency {self.concurrency!r}; choose {', '.join(CONCURRENCY)}.")

    @property
    def devices(self) -> frozenset[Device]:
        """Every device that is asked for, for all stages or for one."""
        asked = (self.device, *(stage.device for stage in self.stages.values()))
        return frozenset(device for device in asked if device is not None)

    def of(self, stage: str) -> StageOptions:
        """Return the options of a single stage."""
        return self.stages.get(stage, StageOptions())

    def device_for(self, stage: str) -> Device | None:
        """Return the device of a stage, or the one for every stage."""
        return self.of(stage).device or self.device


def read_device_options(
    given: Mapping[str, Any], stages: Sequence[str], environ: Mapping[str, str] | None = None
) -> DeviceOptions:
    """Return the options by name; read those that are missing or None from the environment.

    The names are device, concurrency, memory_limit, and for each stage such as "recognizer" recognizer_device,
    recognizer_compute_type and recognizer_batch_size; without a stage, compute_type and batch_size are the first
    stage's. The variables are the same in capitals, after SPEAKERPLUG_. Raises UsageError for invalid values.
    """
    source = _Source(given, os.environ if environ is None else environ)
    own = {stage: _stage_options(source, f"{stage}_") for stage in stages}
    if stages:
        plain, first = _stage_options(source, ""), own[stages[0]]
        own[stages[0]] = StageOptions(
            first.device, first.compute_type or plain.compute_type, first.batch_size or plain.batch_size
        )
    limit = source.text("memory_limit")
    return DeviceOptions(
        device=parse_device(source.text("device") or "auto"),
        stages={stage: options for stage, options in own.items() if options != StageOptions()},
        concurrency=source.text("concurrency") or "auto",
        memory_limit_bytes=None if limit is None else parse_bytes(limit),
    )


def variables_of(stages: Sequence[str]) -> list[str]:
    """Return the names of the variables that `read_device_options` reads."""
    single = [f"{stage}_{each.name}" for stage in ("", *stages) for each in fields(StageOptions)]
    return [f"{PREFIX}{name.strip('_').upper()}" for name in (*single, "concurrency", "memory_limit")]


@dataclass(frozen=True, slots=True)
class _Source:
    given: Mapping[str, Any]
    environ: Mapping[str, str]

    def text(self, name: str) -> str | None:
        value = self.given.get(name)
        return str(value) if value is not None else self.environ.get(PREFIX + name.upper()) or None


def _stage_options(source: _Source, prefix: str) -> StageOptions:
    compute_type, batch = source.text(prefix + "compute_type"), source.text(prefix + "batch_size")
    if batch is not None and (not (batch.isascii() and batch.isdigit()) or int(batch) < 1):
        raise UsageError(f"{named(f'{prefix}batch_size')} is {batch}; it must be a whole number of at least 1.")
    return StageOptions(
        parse_device(source.text(prefix + "device") or "auto"),
        None if compute_type in _TO_CHOOSE else compute_type,
        None if batch is None else int(batch),
    )
