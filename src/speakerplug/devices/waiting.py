"""How the threads of torch and CTranslate2 wait for each other."""

from __future__ import annotations

import os

SPINS = "1000"
"""Of benchmarks/busy_machine.py: enough where nobody else computes, few where somebody does."""


def spin_briefly() -> None:
    """Make threads that wait soon sleep, unless the environment says otherwise; to be called before torch is imported.

    By itself GNU's OpenMP lets them spin 300,000 times. As soon as another program computes, too, they take the
    processor from the very threads that they wait for. It looks at the variable when it is loaded, so this does
    nothing in a program that imported torch before; processes that we start inherit it.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", SPINS)
