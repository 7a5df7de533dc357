"""The start of a child process."""

from __future__ import annotations

import signal
import subprocess
import sys

from speakerplug.pipeline.isolation import process


def test_without_interrupts_blocks_sigint_in_a_child() -> None:
    """Ctrl-C goes to every process of a terminal; one that still imports would print a traceback."""
    code = "import signal; print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []))"
    with process._without_interrupts():
        child = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True)
    assert child.stdout == "True\n"
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])
