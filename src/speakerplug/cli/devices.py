"""`speakerplug devices`: what there is to compute on, what would run where, and why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from .stdout import show

if TYPE_CHECKING:
    from ..devices import Inventory

STAGES = ("recognizer", "diarizer")


@click.command(short_help="Show the devices, what would run where, and why.")
@click.option("--model", default="auto", show_default=True, metavar="SIZE", help="The Whisper model to plan for.")
@click.option("--device", metavar="DEVICE", help="For all stages: auto, cpu, cuda, cuda:N or mps.")
@click.option("--recognizer-device", metavar="DEVICE", help="For recognition alone.")
@click.option("--diarizer-device", metavar="DEVICE", help="For diarization alone.")
@click.option("--compute-type", metavar="TYPE", help="The recognizer's precision, such as int8 or float16.")
@click.option("--batch-size", type=int, metavar="N", help="Stretches of speech recognized at once.")
@click.option("--concurrency", metavar="auto|on|off", help="Whether both stages run at once.")
@click.option("--memory-limit", metavar="SIZE", help="Use at most so much of each GPU, such as 6GB.")
@click.option("--simulate", metavar="SIZE,...", help="Plan for imagined GPUs of these sizes, such as 6GB,6GB.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def devices(model: str, simulate: str | None, as_json: bool, **given: Any) -> None:
    """Show the devices with their memory and precisions, what would run where, and why.

    Each option but the last two has an environment variable too, such as SPEAKERPLUG_RECOGNIZER_DEVICE.
    """
    from ..devices import read_device_options
    from ..devices.probe import LocalProbe
    from .typical import typical_plan

    device_options = read_device_options(given, STAGES)
    inventory = LocalProbe().inventory()
    if simulate is not None:
        inventory = _imagined(simulate, inventory)
    model, plan = typical_plan(model, inventory, device_options)
    if as_json:
        show(json.dumps({**inventory.as_dict(), "model": model, "plan": plan.as_dict()}, indent=2))
        return
    _show(inventory)
    show(f"\nPlan for {model} and pyannote:")
    show("\n".join(f"  {line}" for line in plan.explain().splitlines()))


def _imagined(sizes: str, real: Inventory) -> Inventory:
    """GPUs of these sizes, beside the real CPU."""
    from ..devices import CPU, Device, DeviceState, Inventory
    from ..devices.device import ANYTHING, parse_bytes

    totals = [parse_bytes(size) for size in sizes.split(",")]
    gpus = [
        DeviceState(Device("cuda", index), "imagined GPU", total, total, compute_types=ANYTHING)
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
