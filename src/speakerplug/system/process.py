"""How long this process has been running, from when the system started it."""

from __future__ import annotations

import os
import time
from functools import cache
from pathlib import Path

IMPORTED = time.perf_counter()
STAT = Path("/proc/self/stat")


def process_seconds() -> float:
    """Return the seconds since the system started this process; where only Linux tells, since the import of this."""
    return time.perf_counter() - _started()


@cache
def _started() -> float:
    """Return the start of this process on the clock of `time.perf_counter`; on Linux to 10 ms."""
    try:
        ticks = int(STAT.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19])
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, AttributeError):
        return IMPORTED
    return min(IMPORTED, time.perf_counter() - age)
