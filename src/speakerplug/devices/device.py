"""A device: where a model can run."""

from __future__ import annotations

import functools
import os
import re
from dataclasses import dataclass

from ..errors import UsageError


@dataclass(frozen=True, slots=True)
class Device:
    """One place to compute: `kind` is cpu, cuda or mps; `index` tells several of a kind apart."""

    kind: str
    index: int = 0

    def __str__(self) -> str:
        return f"{self.kind}:{self.index}" if self.kind == "cuda" else self.kind


CPU = Device("cpu")


def parse_device(text: str) -> Device | None:
    """The device that `text` names (cpu, cuda, cuda:1, mps); None for auto. Raises UsageError for anything else."""
    if text == "auto":
        return None
    match = re.fullmatch(r"(cpu|mps|cuda)|cuda:(\d+)", text)
    if match is None:
        raise UsageError(f"There is no device {text!r}; choose auto, cpu, cuda, cuda:N or mps.")
    return Device(match[1] or "cuda", int(match[2] or 0))


@functools.lru_cache(maxsize=1)
def present_devices() -> tuple[Device, ...]:
    """The devices that torch sees on this machine, fastest first; the CPU is always the last."""
    import torch

    found = [Device("cuda", index) for index in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        found.append(Device("mps"))
    return (*found, CPU)


def usable_cores() -> int:
    """How many CPU cores this process may use (its affinity, not the host's count)."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS or Windows
        return os.cpu_count() or 1
