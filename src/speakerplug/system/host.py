"""The cores and memory that this process may use, given its affinity and control groups."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")
CGROUPS = Path("/sys/fs/cgroup")
CORES = "_SPEAKERPLUG_CORES"
"""The environment variable that limits the cores of a process that shares its machine with others."""


def usable_cores(proc: Path = PROC, cgroups: Path = CGROUPS) -> int:
    """Return the number of cores this process may use: the least of affinity, control group quota and `CORES`."""
    try:
        affinity = len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS or Windows
        affinity = os.cpu_count() or 1
    own = os.environ.get(CORES, "")
    wanted = [int(own)] if own.isascii() and own.isdigit() else []
    return max(1, min([affinity, *wanted, *map(math.ceil, _quotas(proc, cgroups))]))


def host_memory(proc: Path = PROC, cgroups: Path = CGROUPS) -> tuple[int | None, int | None]:
    """Return the total and free memory for this process in bytes; None for what is not known."""
    total, free = _meminfo(proc) if (proc / "meminfo").is_file() else (_physical(), None)
    bounds = [(group / "memory.max", group / "memory.current") for group in _groups(proc, cgroups, "")]
    bounds += [
        (group / "memory.limit_in_bytes", group / "memory.usage_in_bytes") for group in _groups(proc, cgroups, "memory")
    ]
    for limit, current in bounds:
        allowed = _text(limit)
        if allowed.isdigit() and (total is None or int(allowed) < total):  # not "max", nor version 1's large number
            left = max(0, int(allowed) - int(_text(current) or 0))
            total, free = int(allowed), left if free is None else min(free, left)
    return total, free


def _quotas(proc: Path, cgroups: Path) -> Iterator[float]:
    """Yield the CPU quota of each control group, of version 2 and version 1, in cores."""
    texts = [_text(group / "cpu.max") for group in _groups(proc, cgroups, "")]
    texts += [
        f"{_text(group / 'cpu.cfs_quota_us')} {_text(group / 'cpu.cfs_period_us')}"
        for group in _groups(proc, cgroups, "cpu")
    ]
    for text in texts:
        quota, _, period = text.partition(" ")
        if quota.isdigit() and period.isdigit() and int(quota):  # "max" and -1 are no quota
            yield int(quota) / int(period)


def _groups(proc: Path, cgroups: Path, controller: str) -> Iterator[Path]:
    """Yield the control groups of this process, from its own up to the root; `controller` is empty in version 2.

    In a container the path that the kernel names may not exist: then the root is the container's group.
    """
    for line in _text(proc / "self" / "cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controller not in controllers.split(","):
            continue
        root = cgroups / controller if controller else cgroups
        own = root / path.strip("/")
        while own != root and root in own.parents:
            yield own
            own = own.parent
        yield root


def _meminfo(proc: Path) -> tuple[int | None, int | None]:
    fields = dict(line.split(":", 1) for line in _text(proc / "meminfo").splitlines() if ":" in line)
    total, free = (fields.get(name, "").split() for name in ("MemTotal", "MemAvailable"))
    return int(total[0]) * 1024 if total else None, int(free[0]) * 1024 if free else None


def _physical() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return None


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""
