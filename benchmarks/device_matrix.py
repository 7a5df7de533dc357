"""What models get on simulated machines, as a table: `python benchmarks/device_matrix.py`, `--write` into the page."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from speakerplug.cli.devices import typical_handles
from speakerplug.devices import CPU, DeviceManager, DeviceState, Inventory, ModelHandle, Plan
from speakerplug.devices.candidates import can_run
from speakerplug.devices.device import GB
from speakerplug.devices.simulated.machine import SimulatedMachine
from speakerplug.devices.simulated.machines import CARDS, machine_named
from speakerplug.devices.simulated.model import SimulatedStage

PAGE = Path(__file__).resolve().parents[1] / "docs" / "explanation" / "devices.md"
BEGIN, END = "<!-- From benchmarks/device_matrix.py: -->\n", "<!-- End of the table. -->\n"
MODELS = ("large-v3", "large-v3-turbo", "small", "tiny.en")
HEAD = ("machine", "model", "recognizer", "diarizer", "together", "peak, of GB", "why")


def matrix() -> str:
    """Return the table: a line for each machine and model."""
    rows = [HEAD, ("---",) * len(HEAD), *(_row(name, model) for name in CARDS for model in MODELS)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _row(name: str, model: str) -> tuple[str, ...]:
    machine = machine_named(name)
    assert machine is not None
    stages = [SimulatedStage(machine, handle) for handle in typical_handles(model)]
    plan = run(machine, stages)
    together = "concurrently" if plan.concurrent else "swap" if plan.swaps else "in turn"
    peaks = [
        f"{device} {ledger.peak / GB:.1f} of {round(ledger.card.total_bytes / GB, 1):g}"
        for device, ledger in machine.ledgers.items()
        if ledger.peak
    ]
    placed = (f"{one.device} {one.compute_type}, batch {one.batch_size}" for one in plan.placements)
    return name, model, *placed, together, ", ".join(peaks), _why(stages, plan, machine.inventory())


def run(machine: SimulatedMachine, stages: Sequence[SimulatedStage]) -> Plan:
    """Run the stages as planned, each with a full batch, concurrently where that is planned, and return the plan."""
    devices = DeviceManager(probe=machine)
    plan = devices.plan(stages)
    with ExitStack() as together:
        for stage in stages if plan.concurrent else ():  # as a transcription does: first both are loaded
            with devices.hold(stage):
                pass
        for stage in stages:
            with ExitStack() as alone:
                until = together if plan.concurrent else alone
                lease = until.enter_context(devices.hold(stage))
                assert lease.placement == plan.of(stage.stage), f"{lease.placement}, and not as planned: {plan}"
                until.enter_context(stage.working(lease))
    assert not machine.surprises + machine.fragmented, "it ran out of memory"
    return plan


def _why(stages: Sequence[ModelHandle], plan: Plan, inventory: Inventory) -> str:
    """What decided, in a few words."""
    found, smaller = list[str](), list[str]()
    for stage, placement in zip(stages, plan.placements, strict=True):
        first = inventory.devices[0]  # all cards of a machine are alike in what they cannot do
        if first.device == CPU:
            return "no GPU"
        if placement.device == CPU:
            found.append(_why_not(stage, first))
            continue
        state = inventory.find(placement.device) or first
        if placement.compute_type != (best := stage.compute_types(state)[0]):
            found.append(f"{best} does not fit")
        if placement.batch_size < stage.sizes_on(placement.device.kind)[0]:
            smaller.append(stage.stage)
    if smaller:
        found.append(f"full batches of the {' and '.join(smaller)} do not fit")
    return "; ".join(found) or "everything fits"


def _why_not(stage: ModelHandle, state: DeviceState) -> str:
    if why := state.unavailable.get(stage.engine):
        return why.split(";")[0]
    if not can_run(stage, state):
        return f"{stage.engine} does not run on {state.device.kind}"
    return f"the {stage.stage} does not fit"


def main() -> None:
    """Print the table, or write it into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="into docs/explanation/devices.md")
    write = parser.parse_args().write
    logging.disable(logging.WARNING)
    if not write:
        print(matrix(), end="")
        return
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}{matrix()}{END}{rest.split(END)[1]}", encoding="utf-8")


if __name__ == "__main__":
    main()
