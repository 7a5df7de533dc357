"""How long a process has been running."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from speakerplug.system import process
from speakerplug.system.process import process_seconds

LATE = """
import time
time.sleep(0.3)
from speakerplug.system.process import IMPORTED, process_seconds
print(process_seconds() - (time.perf_counter() - IMPORTED))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells when a process was started")
def test_process_seconds_count_from_the_start_of_the_process() -> None:
    """What was before the import counts, too: the interpreter, and here a pause."""
    done = subprocess.run([sys.executable, "-c", LATE], capture_output=True, text=True, check=True)
    assert 0.3 <= float(done.stdout) < 60


@pytest.mark.parametrize("content", [None, "", "1 (a) b) S", "1 (python) S " + "x " * 40])
def test_process_seconds_without_a_start_time_count_from_the_import(
    content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on systems without /proc, or with another one."""
    stat = tmp_path / "stat"
    if content is not None:
        stat.write_text(content)
    monkeypatch.setattr(process, "STAT", stat)
    process._started.cache_clear()
    try:
        assert process._started() == process.IMPORTED
        assert process_seconds() > 0
    finally:
        process._started.cache_clear()
