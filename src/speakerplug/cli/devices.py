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
    from ..devices import DeviceOptions, Inventory, ModelHandle, Plan

STAGES = ("recognizer", "diarizer")
PUBLISHED = {
    "tiny": (75.5, 384, 4),
    "base": (145.2, 512, 6),
    "small": (483.5, 768, 12),
    "medium": (1527.9, 1024, 24),
    "large-v3": (3087.3, 1280, 32),
    "large-v3-turbo": (1617.9, 1280, 4),
    "distil-large-v3": (1512.9, 1280, 2),
}
"""Of the published conversions: the weights file in millions of bytes, the width, and the layers of the decoder."""
ALIASES = {"large": "large-v3", "large-v1": "large-v3", "large-v2": "large-v3", "turbo": "large-v3-turbo"}


@click.command(cls=Command, short_help="Show the devices, what would run where, and why.")
@click.option("--model", default="auto", show_default=True, metavar="NAME", help="Whisper model to plan for.")
@with_options((DEVICE, RECOGNIZER_DEVICE, DIARIZER_DEVICE, COMPUTE_TYPE, BATCH_SIZE, CONCURRENCY, MEMORY_LIMIT))
@click.option(
    "--simulate",
    metavar="MACHINE",
    help="Plan for GPUs of these sizes, such as 6GB,6GB, or for one of these machines: CPU, MX450, GTX 1650, GTX 1080, "
    "RTX 3060 laptop 6 GB, RTX 3060 without cuBLAS, RTX 3070 in WSL, T4, 4090, 4090 + 3060, H100, H100 MIG 1g.10gb, "
    "RX 7900 XTX, M2.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def devices(model: str, simulate: str | None, as_json: bool, **given: Any) -> None:
    """Show the devices with their memory and precisions, what would run where, and why.

    The plan is for a Whisper model, by default the one that transcribe would download for this machine, and a pyannote
    pipeline, whether they are installed or not. For other models, such as bundled ones, the plan may differ.
    """
    from ..devices import read_device_options
    from ..devices.probe import LocalProbe

    device_options = read_device_options(given, STAGES)
    inventory = LocalProbe().inventory() if simulate is None else simulated(simulate)
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
    from ..devices import make_plan

    return make_plan(typical_handles(model), inventory, device_options)


def typical_handles(model: str) -> tuple[ModelHandle, ModelHandle]:
    """Return the handles of a published Whisper model and of a typical pyannote pipeline, neither of which is loaded.

    Raises UsageError for an unknown size.
    """
    from ..diarizers.pyannote.diarizer import PipelineHandle
    from ..recognizers.faster_whisper import WhisperModelHandle
    from ..recognizers.model_shape import ModelShape

    size = model.removesuffix(".en")
    size = ALIASES.get(size, size)
    if size not in PUBLISHED:
        raise UsageError(f"The memory that {model!r} needs is unknown; choose one of: {', '.join(PUBLISHED)}.")
    millions, width, layers = PUBLISHED[size]
    recognizer = WhisperModelHandle(Path(size), round(millions * 1e6), shape=ModelShape(width, layers))
    return recognizer, PipelineHandle("typical", lambda: None)


def simulated(text: str) -> Inventory:
    """Return a machine by its name, or GPUs of these sizes next to the real CPU; UsageError for neither."""
    from ..devices import CPU, Inventory
    from ..devices.device import parse_bytes
    from ..devices.probe import LocalProbe
    from ..devices.simulated.machines import CARDS, machine_named
    from ..testing import Card, SimulatedMachine

    if named := machine_named(text):
        return named.inventory()
    try:
        cards = [Card("simulated GPU", parse_bytes(size)) for size in text.split(",")]
    except UsageError:
        raise UsageError(
            f"There is no simulated machine {text!r}; give sizes such as 6GB,6GB, or one of: {', '.join(CARDS)}."
        ) from None
    made, real = SimulatedMachine(*cards).inventory(), LocalProbe().inventory()
    gpus = (state for state in made.devices if state.device != CPU)
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
        for engine, why in sorted(state.unavailable.items()):
            show(f"  {engine}: unavailable: {why}")
