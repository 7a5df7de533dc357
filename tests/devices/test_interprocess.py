"""Processes that share a GPU."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from speakerplug.devices.interprocess import OtherProcesses
from speakerplug.errors import DeviceError


def test_note_of_another_process_counts_until_it_leaves(tmp_path: Path) -> None:
    """Notes are of one device, are read by others only, and go when their writer leaves."""
    one, other = OtherProcesses(tmp_path), OtherProcesses(tmp_path)
    one.note("GPU-1", 100)
    one.note("GPU-1", 70)
    assert [each.to_come(device) for each in (one, other) for device in ("GPU-1", "GPU-2")] == [0, 0, 70, 0]
    one.leave()
    assert other.to_come("GPU-1") == 0
    assert list((tmp_path / "GPU-1").iterdir()) == []


def test_note_of_a_dead_process_does_not_count(tmp_path: Path) -> None:
    """A process that ends without leaving takes no memory any more."""
    code = (
        "import os, sys; from pathlib import Path; from speakerplug.devices.interprocess import OtherProcesses;"
        "me = OtherProcesses(Path(sys.argv[1]));"
        "me.note('gpu', 10**9); print('noted', flush=True); input(); os._exit(1)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    me = OtherProcesses(tmp_path)
    assert me.to_come("gpu") == 10**9
    process.communicate("\n")
    assert me.to_come("gpu") == 0


def test_alone_with_a_device_keeps_others_waiting(tmp_path: Path) -> None:
    """While one is alone with a device, another is kept waiting, until its time is up; other devices are free."""
    one, other = OtherProcesses(tmp_path), OtherProcesses(tmp_path)
    with one.alone("gpu", time.monotonic() + 1):
        with other.alone("another", time.monotonic()):
            pass
        with pytest.raises(DeviceError, match="Another process keeps loading on gpu"), other.alone("gpu", 0.0):
            pass
    with other.alone("gpu", time.monotonic() + 1):
        assert other.to_come("gpu") == 0
