"""A device: where a model can run."""

from __future__ import annotations

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
