"""How many workers a cluster gets, and what Ray reserves for each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from speakerplug.plugin import UsageError


@dataclass(frozen=True, slots=True)
class Node:
    """The CPUs and GPUs of a machine that Ray may give away."""

    cpus: float
    gpus: float = 0.0

    def fits(self, cpus: int, gpus: float) -> int:
        """Return how many workers fit that need so many CPUs and GPUs; Ray never takes a share from two GPUs."""
        by_cpus = math.floor(self.cpus / cpus)
        if not gpus:
            return by_cpus
        by_gpus = math.floor(self.gpus) * math.floor(1 / gpus + 1e-9) if gpus <= 1 else math.floor(self.gpus / gpus)
        return min(by_cpus, by_gpus)


@dataclass(frozen=True, slots=True)
class Shape:
    """The number of workers, and the CPUs and GPUs of each; a share of a GPU if that is less than one."""

    workers: int
    cpus: int
    gpus: float


def shape_of(nodes: Sequence[Node], workers: int | None = None, gpus_per_worker: float | None = None) -> Shape:
    """Return the shape of `workers`, by default one a GPU, or one a machine where there is no GPU.

    Each gets as many CPUs as let all of them run at once. Workers beyond what fits wait for room. Raises UsageError for
    a share that Ray does not give, and where nothing fits.
    """
    gpus = gpus_per_worker if gpus_per_worker is not None else float(any(node.gpus >= 1 for node in nodes))
    if not math.isfinite(gpus) or gpus < 0 or (gpus > 1 and gpus != int(gpus)):
        raise UsageError(f"--gpus-per-worker is {gpus:g}; it must be a share such as 0.5, or a whole number.")
    room = sum(node.fits(1, gpus) for node in nodes)
    if not room and workers is None:
        needs = f"{gpus:g} GPU and a CPU" if gpus else "a CPU"
        has = f"{sum(node.cpus for node in nodes):g} CPUs and {sum(node.gpus for node in nodes):g} GPUs"
        raise UsageError(
            f"The Ray cluster has {has} in all, but a worker needs {needs}; start it with more, or choose "
            "another --gpus-per-worker."
        )
    count = workers or (room if gpus else sum(node.cpus >= 1 for node in nodes))
    most = max((math.floor(node.cpus) for node in nodes), default=1)
    at_once = min(count, room)
    enough = (cpus for cpus in range(most, 1, -1) if sum(node.fits(cpus, gpus) for node in nodes) >= at_once)
    return Shape(count, next(enough, 1) if at_once else 1, gpus)
