"""Random loads on simulated machines, in many threads: `python benchmarks/device_simulation.py`."""

from __future__ import annotations

import argparse
import logging
import random
import sys
import threading
import time
from dataclasses import astuple, dataclass

from speakerplug.devices import DeviceManager
from speakerplug.devices.device import GB
from speakerplug.errors import DeviceError
from speakerplug.testing import Card, SimulatedMachine, SimulatedModel

THREADS, USES = 4, 6
WAIT_S = 30.0
CAPABILITIES = ((6, 1), (7, 5), (8, 6), (9, 0))
NARROW = (("float32",), ("float16", "int8_float16"), ("float16",))


@dataclass
class Outcome:
    """The result of a schedule; all but the first four must be 0, and uses and refusals complete.

    `fragmented` are OOMs although there was enough memory, in fragments that no cache gives back: the fallback cures
    them. `surprises` are other OOMs that were not injected, `violations` are devices that gave more memory than
    they have, `shared` are models with two concurrent users, `stuck` threads that never ended, `left_bytes` memory not
    released.
    """

    uses: int = 0
    injected: int = 0
    refused: int = 0
    fragmented: int = 0
    surprises: int = 0
    violations: int = 0
    shared: int = 0
    stuck: int = 0
    left_bytes: int = 0

    @property
    def is_valid(self) -> bool:
        """Whether every use ended and nothing was broken."""
        complete = self.uses + self.refused == THREADS * USES
        return complete and not any((self.surprises, self.violations, self.shared, self.stuck, self.left_bytes))


def run_schedule(seed: int) -> Outcome:
    """Run one random machine, with random models, failures and threads, and return the result."""
    chance = random.Random(seed)
    fails = set(chance.sample(range(1, 60), chance.randint(0, 6)))
    gpus = [Card("a GPU", chance.randint(1, 8) * GB, chance.choice(CAPABILITIES)) for _ in range(chance.randint(0, 3))]
    machine = SimulatedMachine(*gpus, cores=chance.randint(1, 8), fails=lambda number: number in fails)
    devices = DeviceManager(probe=machine, wait_s=WAIT_S)
    models = [_model(machine, number, chance) for number in range(chance.randint(1, 4))]
    outcome, start = Outcome(), threading.Barrier(THREADS)
    threads = [
        threading.Thread(target=_use, args=(devices, models, random.Random(f"{seed} {number}"), outcome, start))
        for number in range(THREADS)
    ]
    for thread in threads:
        thread.daemon = True
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    outcome.stuck = sum(thread.is_alive() for thread in threads)
    if not outcome.stuck:
        devices.close()
    outcome.injected, outcome.surprises = machine.injected, machine.surprises
    outcome.fragmented = machine.fragmented
    outcome.violations, outcome.left_bytes = machine.violations, machine.in_use
    outcome.shared = sum(model.most_users > 1 for model in models)
    return outcome


def _model(machine: SimulatedMachine, number: int, chance: random.Random) -> SimulatedModel:
    engine = chance.choice(("torch", "ctranslate2"))
    cpu = ("int8",) if engine == "ctranslate2" else ("float32",)
    return SimulatedModel(
        machine,
        f"model {number}",
        weights=chance.randint(1, 10) * GB // 2,
        item_bytes=chance.randint(1, 8) * GB // 16,
        engine=engine,
        precisions={"cuda": chance.choice(NARROW), "cpu": cpu},
        can_offload=chance.random() < 0.5,
    )


def _use(
    devices: DeviceManager,
    models: list[SimulatedModel],
    chance: random.Random,
    outcome: Outcome,
    start: threading.Barrier,
) -> None:
    """Plan sometimes, use a model, and sometimes a second while the first is held."""
    start.wait()
    for _ in range(USES):
        if chance.random() < 0.2:
            devices.plan(models[:2])
        first, second = chance.choice(models), chance.choice(models)
        try:
            if chance.random() < 0.1 and first is not second:
                with devices.hold(first):
                    devices.run(second, second.work)
            else:
                devices.run(first, first.work)
            outcome.uses += 1
        except DeviceError as error:
            if "waits for this thread" not in str(error):  # a deadlock of two threads is refused
                raise
            outcome.refused += 1


def main() -> None:
    """Run the schedules and print the sums."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schedules", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0, help="the seed to begin with")
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    sys.setswitchinterval(1e-6)  # so that threads interleave
    began, outcomes = time.perf_counter(), []
    for seed in range(arguments.first, arguments.first + arguments.schedules):
        outcomes.append(run_schedule(seed))
        if not outcomes[-1].is_valid:
            print(f"seed {seed}: {outcomes[-1]}")
    total = Outcome(*map(sum, zip(*map(astuple, outcomes), strict=True)))
    print(f"schedules tried     {len(outcomes):>9,}  ({time.perf_counter() - began:.0f} s, {THREADS} threads each)")
    print(f"models used         {total.uses:>9,}  of {len(outcomes) * THREADS * USES:,}")
    print(f"refused             {total.refused:>9,}  (two threads would have waited for each other)")
    print(f"OOMs injected       {total.injected:>9,}")
    print(f"OOMs by fragments   {total.fragmented:>9,}")
    print(f"OOMs by surprise    {total.surprises:>9,}")
    print(f"ledger violations   {total.violations:>9,}")
    print(f"users at once       {total.shared:>9,}")
    print(f"threads stuck       {total.stuck:>9,}")
    print(f"bytes not returned  {total.left_bytes:>9,}")


if __name__ == "__main__":
    main()
