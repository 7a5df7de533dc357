"""Run the suite with real models as on other processors, with the kernels that theirs would choose.

    python -m tests.jobs.cpus COMMAND...

CTranslate2 and torch choose their kernels by the processor's features, unless they are set. What this
processor does not support is named and skipped; numpy and ONNX Runtime cannot be set.
"""

from __future__ import annotations

import os
import subprocess
import sys

import torch

KERNELS = {"DEFAULT": ("GENERIC", "default"), "AVX2": ("AVX2", "avx2"), "AVX512": ("AVX512", "avx512")}
"""Torch's names of processors, least first, with CTranslate2's and torch's names of their kernels."""


def main(*command: str) -> int:
    """Run `command` once for each kind of kernels that this processor has; return 1 if a run failed."""
    highest = torch.backends.cpu.get_cpu_capability()
    ranks = list(KERNELS)
    if highest not in ranks:
        sys.exit(f"This processor's kernels are {highest}; known are those of x86-64: {', '.join(ranks)}.")
    results = {}
    for rank, (ctranslate2, aten) in KERNELS.items():
        if ranks.index(rank) > ranks.index(highest):
            results[rank] = "left out: this processor has no such instructions"
            continue
        chosen = {"CT2_FORCE_CPU_ISA": ctranslate2, "ATEN_CPU_CAPABILITY": aten}
        print(*(f"{name}={value}" for name, value in chosen.items()), flush=True)
        done = subprocess.run(command, env={**os.environ, **chosen})
        results[rank] = "green" if done.returncode == 0 else "red"
    for rank, result in results.items():
        print(f"{rank}: {result}")
    return int("red" in results.values())


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
