"""What this process may use of the host, not what the host has."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from speakerplug.system.host import host_memory, usable_cores

MANY = 64


@pytest.fixture(autouse=True)
def many_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the affinity allow 64 cores."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(MANY)), raising=False)


def tree(root: Path, **files: str) -> tuple[Path, Path]:
    """Return a /proc and a /sys/fs/cgroup with these files; a name's double underscore is a slash."""
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", encoding="ascii")
    return root / "proc", root / "cg"


@pytest.mark.parametrize(
    ("cpu_max", "cores"), [("max 100000", MANY), ("200000 100000", 2), ("150000 100000", 2), ("5000 100000", 1)]
)
def test_usable_cores_with_a_quota_rounds_up(tmp_path: Path, cpu_max: str, cores: int) -> None:
    """Control groups of version 2 limit the share of time; 1.5 cores are 2, and there is always one."""
    proc, groups = tree(tmp_path, proc__self__cgroup="0::/", **{"cg__cpu.max": cpu_max})
    assert usable_cores(proc, groups) == cores


def test_usable_cores_obeys_every_parent_group(tmp_path: Path) -> None:
    """A process may use no more than the narrowest of its groups."""
    files = {"cg__a__b__cpu.max": "max 100000", "cg__a__cpu.max": "300000 100000", "cg__cpu.max": "max 100000"}
    assert usable_cores(*tree(tmp_path, proc__self__cgroup="0::/a/b", **files)) == 3


@pytest.mark.parametrize(("quota", "cores"), [("-1", MANY), ("400000", 4)])
def test_usable_cores_obeys_version_1(tmp_path: Path, quota: str, cores: int) -> None:
    """The older control groups, even if the path is the host's and does not exist here."""
    files = {"cg__cpu__cpu.cfs_quota_us": quota, "cg__cpu__cpu.cfs_period_us": "100000"}
    assert usable_cores(*tree(tmp_path, proc__self__cgroup="4:cpu,cpuacct:/docker/x", **files)) == cores


def test_usable_cores_without_control_groups_is_the_affinity(tmp_path: Path) -> None:
    """Without anything to read, the affinity holds."""
    assert usable_cores(tmp_path / "proc", tmp_path / "cg") == MANY


def test_host_memory_is_the_kernels_or_the_groups(tmp_path: Path) -> None:
    """A group with less than the host limits both, total and free."""
    meminfo = "MemTotal: 1000 kB\nMemFree: 1 kB\nMemAvailable: 800 kB"
    host = tree(tmp_path / "a", proc__meminfo=meminfo, proc__self__cgroup="0::/", **{"cg__memory.max": "max"})
    assert host_memory(*host) == (1000 * 1024, 800 * 1024)
    files = {"cg__memory.max": "4096", "cg__memory.current": "1024"}
    bound = tree(tmp_path / "b", proc__meminfo=meminfo, proc__self__cgroup="0::/", **files)
    assert host_memory(*bound) == (4096, 3072)


def test_usable_cores_of_a_process_that_shares_its_machine_are_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker of a cluster uses the cores that it was given; an invalid number limits nothing."""
    for value, cores in (("3", 3), ("", MANY), ("x", MANY), ("0", 1)):
        monkeypatch.setenv("_SPEAKERPLUG_CORES", value)
        assert usable_cores(tmp_path / "proc", tmp_path / "cg") == cores
