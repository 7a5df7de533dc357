"""`speakerplug devices`: the devices of this machine, what would run where, and why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import UsageError
from .help import Command
from .options import (
    BATCH_SIZE,
    COMPUTE_TYPE,
    CONCURRENCY,
    DEVICE,
    DIARIZER_DEVICE,
    MEMORY_LIMIT,
    RECOGNIZER_DEVICE,
    with_options,
)
from .stdout import show

if TYPE_CHECKING:
    from ..devices import DeviceOptions, Inventory, Plan

STAGES = ("recognizer", "diarizer")
PARAMETERS = {
    "tiny": 39,
    "base": 74,
    "small": 244,
    "medium": 769,
    "large-v3": 1550,
    "large-v3-turbo": 809,
    "distil-large-v3": 756,
}
"""Millions of parameters; a weights file has two bytes per parameter."""
ALIASES = {"large": "large-v3", "large-v1": "large-v3", "large-v2": "large-v3", "turbo": "large-v3-turbo"}


@click.command(cls=Command, short_help="Show the devices, what would run where, and why.")
@click.option("--model", default="auto", show_default=True, metavar="SIZE", help="Whisper model to plan for.")
@with_options((DEVICE, RECOGNIZER_DEVICE, DIARIZER_DEVICE, COMPUTE_TYPE, BATCH_SIZE, CONCURRENCY, MEMORY_LIMIT))
@click.option("--simulate", metavar="SIZE,...", help="Plan for simulated GPUs of these sizes, such as 6GB,6GB.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def devices(model: str, simulate: str | None, as_json: bool, **given: Any) -> None:
    """Show the devices with their memory and precisions, what would run where, and why.

    The options from --device to --memory-limit have environment variables too, such as SPEAKERPLUG_RECOGNIZER_DEVICE.
    """
    from ..devices import read_device_options
    from ..devices.probe import LocalProbe

    device_options = read_device_options(given, STAGES)
    inventory = LocalProbe().inventory()
    if simulate is not None:
        inventory = _simulated(simulate, inventory)
    model, plan = typical_plan(model, inventory, device_options)
    if as_json:
        show(json.dumps({**inventory.as_dict(), "model": model, "plan": plan.as_dict()}, indent=2))
        return
    _show(inventory)
    show(f"\nPlan for {model} and pyannote:")
    show("\n".join(f"  {line}" for line in plan.explain().splitlines()))


def typical_plan(model: str, inventory: Inventory, device_options: DeviceOptions) -> tuple[str, Plan]:
    """Return the model that `auto` chooses, or `model` itself, and the plan for it and a diarizer.

    Raises UsageError for an unknown size.
    """
    from ..recognizers.models import ON_CPU, ON_GPU

    if model != "auto":
        return model, _plan(model, inventory, device_options)
    if any(state.device.kind == "cuda" and "ctranslate2" in state.compute_types for state in inventory.devices):
        plan = _plan(ON_GPU, inventory, device_options)
        if plan.of("recognizer").device.kind != "cpu":
            return ON_GPU, plan
    return ON_CPU, _plan(ON_CPU, inventory, device_options)


def _plan(model: str, inventory: Inventory, device_options: DeviceOptions) -> Plan:
    """Return the plan for a Whisper of this size and a typical pyannote pipeline, neither of which need be here."""
    from ..devices import make_plan
    from ..diarizers.pyannote.diarizer import PipelineHandle
    from ..recognizers.faster_whisper import WhisperModelHandle

    size = model.removesuffix(".en")
    size = ALIASES.get(size, size)
    if size not in PARAMETERS:
        raise UsageError(f"The memory that {model!r} needs is unknown; choose one of: {', '.join(PARAMETERS)}.")
    recognizer = WhisperModelHandle(Path(size), PARAMETERS[size] * 2_000_000)
    return make_plan([recognizer, PipelineHandle("typical", lambda: None)], inventory, device_options)


def _simulated(sizes: str, real: Inventory) -> Inventory:
    """Return simulated GPUs of these sizes, and the real CPU."""
    from ..devices import CPU, Device, DeviceState, Inventory
    from ..devices.device import ANYTHING, parse_bytes

    totals = [parse_bytes(size) for size in sizes.split(",")]
    gpus = [
        DeviceState(Device("cuda", index), "simulated GPU", total, total, compute_types=ANYTHING)
        for index, total in enumerate(totals)
    ]
    return Inventory((*gpus, *(state for state in real.devices if state.device == CPU)), real.cores)


def _show(inventory: Inventory) -> None:
    from ..devices.device import format_bytes

    for state in inventory.devices:
        about = [state.name] if state.name else []
        about.append(f"{format_bytes(state.free_bytes)} free of {format_bytes(state.total_bytes)}")
        if state.capability is not None:
            about.append("compute capability {}.{}".format(*state.capability))
        if state.device.kind == "cpu":
            about.append(f"{inventory.cores} core{'s' if inventory.cores != 1 else ''} to use")
        show(f"{state.device}: {', '.join(about)}")
        for engine, types in sorted(state.compute_types.items()):
            show(f"  {engine}: {', '.join(types)}")
