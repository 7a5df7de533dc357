"""`speakerplug batch --ray` on Ray's Cluster of two nodes with one CPU each: nodes, workers and drivers killed.

    python benchmarks/batch_ray.py                  # 1,000 files, 20 kills: about half an hour
    python benchmarks/batch_ray.py --files 100 --kills 6

Stages are stubs, seeds fixed. Prints a table, and exits with 1 if an aim is missed.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.standins.batch_kills import command, states, tree
from tests.standins.stub_stages import SLEEP, installed, write_clip

SEED = 22
STORE_BYTES = 100_000_000
VICTIMS = ("node", "worker", "driver")
NODE_S = 30.0
"""Seconds that a lost node may cost, at most."""


@dataclass
class Machines:
    """A cluster of two nodes with a CPU each, and a head without; a node that is lost is replaced at once."""

    cluster: Any
    nodes: list[Any] = field(default_factory=list)

    @classmethod
    def started(cls) -> Machines:
        """Start them; worker processes inherit this process's environment."""
        from ray.cluster_utils import Cluster

        head = {"num_cpus": 0, "object_store_memory": STORE_BYTES, "include_dashboard": False}
        machines = cls(Cluster(initialize_head=True, head_node_args=head))
        for _ in range(2):
            machines.add()
        return machines

    def add(self) -> None:
        """Add a node."""
        self.nodes.append(self.cluster.add_node(num_cpus=1, object_store_memory=STORE_BYTES, wait=False))

    def lose(self, order: random.Random) -> None:
        """Lose a node as if its plug was pulled, and add another."""
        self.cluster.remove_node(self.nodes.pop(order.randrange(len(self.nodes))), allow_graceful=False)
        self.add()


def workers() -> list[int]:
    """Return the processes in which Ray runs our workers."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            name = path.read_bytes()
        except OSError:
            continue
        if name.startswith(b"ray::RayWorker"):
            found.append(int(path.parent.name))
    return found


def run_killed(
    machines: Machines, arguments: Sequence[str], output: Path, files: int, kills: int, seed: int
) -> tuple[list[str], int]:
    """Run a command, and again after its driver was killed; return who was killed when, and the last exit code."""
    order = random.Random(seed)
    moments = sorted(order.randrange(files) for _ in range(kills))
    killed = []
    process = subprocess.Popen(arguments, stderr=subprocess.DEVNULL)
    for number, moment in enumerate(moments):
        while (done := states(output)["done"]) < moment and process.poll() is None:
            time.sleep(0.02)
        if process.poll() is not None:
            break
        victim = VICTIMS[number % len(VICTIMS)]
        time.sleep(order.uniform(0.0, 0.3))
        if victim == "node":
            machines.lose(order)
        elif victim == "worker" and (found := workers()):
            os.kill(order.choice(found), signal.SIGKILL)
        else:
            victim = "driver"
            process.kill()
            process.wait()
            process = subprocess.Popen(arguments, stderr=subprocess.DEVNULL)
        killed.append(f"{done} {victim}")
    return killed, process.wait()


def measured(folder: Path, files: int, kills: int) -> bool:
    """Print the table; return whether all aims are met."""
    order = random.Random(SEED)
    for number in range(files):
        write_clip(folder / "in" / f"{number % 10}" / f"{number}.wav", order.uniform(3.0, 10.0), number)
    # Before the nodes start, whose workers inherit them.
    os.environ |= {"PYTHONPATH": str(installed(folder)), "RAY_AUTH_MODE": "disabled", SLEEP: "0.1"}
    machines, rows = Machines.started(), []
    ray = ("--ray", machines.cluster.address, "--workers", "2")
    seconds = {}
    for name, more in (("one machine", ("--workers", "2")), ("Ray", ray)):
        began = time.perf_counter()
        code = subprocess.run(command(folder / "in", folder / name, *more), stderr=subprocess.DEVNULL).returncode
        seconds[name] = time.perf_counter() - began
        rows.append((f"{name}, undisturbed: seconds", f"{seconds[name]:.0f}", "exit 0", code == 0))
    began = time.perf_counter()
    out = folder / "killed"
    killed, code = run_killed(machines, command(folder / "in", out, *ray), out, files, kills, SEED)
    took = time.perf_counter() - began
    victims = Counter(each.partition(" ")[2] for each in killed)
    rows.append(("killed", ", ".join(f"{count} {victim}s" for victim, count in victims.items()), "", True))
    rows.append(("after so many files", ", ".join(killed), "", True))
    rows.append(("seconds, all runs", f"{took:.0f}", "exit 0", code == 0))
    extra = (took - seconds["Ray"]) / max(1, len(killed))
    rows.append(("seconds more a kill", f"{extra:.1f}", f"{NODE_S:.0f}", extra <= NODE_S))
    whole = tree(folder / "one machine")
    for name in ("Ray", "killed"):
        found = tree(folder / name)
        different = [each for each in whole if whole[each] != found.get(each)]
        rows.append((f"{name}: results that are lost or differ", str(len(different)), "0", not different))
        rows.append(
            (f"{name}: results too many", str(len(found.keys() - whole.keys())), "0", whole.keys() >= found.keys())
        )
    again = states(out)["started"] - files
    most = len(killed) + victims["driver"]  # a driver has two workers
    rows.append(("files begun again", str(again), f"{most}", again <= most))
    print("| | found | aim | met |\n|---|---|---|---|")
    for about, text, aim, met in rows:
        print(f"| {about} | {text} | {aim} | {'' if not aim else 'yes' if met else 'NO'} |")
    machines.cluster.shutdown()
    return all(row[3] for row in rows)


def main() -> int:
    """Measure in a temporary folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=20)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return 0 if measured(Path(folder), given.files, given.kills) else 1


if __name__ == "__main__":
    sys.exit(main())
