"""What this process may really use of the host: cores and memory, after affinity and control groups."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")
CGROUPS = Path("/sys/fs/cgroup")


def usable_cores(proc: Path = PROC, cgroups: Path = CGROUPS) -> int:
    """How many cores this process may use: its affinity, or its control group's quota (rounded up) if less."""
    quotas = [quota for quota in (*_quotas_v2(proc, cgroups), *_quotas_v1(proc, cgroups)) if quota > 0]
    return max(1, min([_affinity(), *map(math.ceil, quotas)]))


def host_memory(proc: Path = PROC, cgroups: Path = CGROUPS) -> tuple[int | None, int | None]:
    """Total and free bytes for this process; None where nobody can tell."""
    total, free = _meminfo(proc) if (proc / "meminfo").is_file() else (_physical(), None)
    for folder in _folders(proc, cgroups, ""):
        total, free = _narrowed(total, free, folder / "memory.max", folder / "memory.current")
    for folder in _folders(proc, cgroups, "memory"):
        total, free = _narrowed(total, free, folder / "memory.limit_in_bytes", folder / "memory.usage_in_bytes")
    return total, free


def _affinity() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS or Windows
        return os.cpu_count() or 1


def _quotas_v2(proc: Path, cgroups: Path) -> Iterator[float]:
    for folder in _folders(proc, cgroups, ""):
        quota, _, period = _text(folder / "cpu.max").partition(" ")
        if quota.isdigit() and period.isdigit():
            yield int(quota) / int(period)


def _quotas_v1(proc: Path, cgroups: Path) -> Iterator[float]:
    for folder in _folders(proc, cgroups, "cpu"):
        quota, period = _text(folder / "cpu.cfs_quota_us"), _text(folder / "cpu.cfs_period_us")
        if quota.isdigit() and period.isdigit():  # -1 is no quota
            yield int(quota) / int(period)


def _folders(proc: Path, cgroups: Path, controller: str) -> Iterator[Path]:
    """The groups that bind this process, from its own up to the root; `controller` is empty in version 2.

    In a container the path that the kernel names may not be there: then its root is the container's group.
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


def _narrowed(total: int | None, free: int | None, limit: Path, current: Path) -> tuple[int | None, int | None]:
    allowed, used = _text(limit), _text(current)
    if not allowed.isdigit() or (total is not None and int(allowed) >= total):  # "max", or version 1's huge number
        return total, free
    left = max(0, int(allowed) - int(used or 0))
    return int(allowed), left if free is None else min(free, left)


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
