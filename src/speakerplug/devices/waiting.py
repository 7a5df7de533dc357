"""How the threads of torch and CTranslate2 wait for each other."""

from __future__ import annotations

import os


def wait_asleep() -> None:
    """Make threads that wait sleep, unless OMP_WAIT_POLICY says otherwise; to be called before torch is imported.

    By themselves they spin, and take the processor from the very threads that they wait for as soon as another
    program computes, too: benchmarks/busy_machine.py. OpenMP looks at the variable when it is loaded, so it does
    nothing in a program that imported torch before; processes that we start inherit it.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
