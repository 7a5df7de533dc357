"""The console script, and `python -m speakerplug`: handles signals before it imports anything else."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


def run() -> None:
    """Run the command line; until it handles signals itself, one ends the process immediately: nothing has begun."""
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup, and jobs in the background
            signal.signal(number, _end)
    from .cli import run as command_line

    command_line()


def _end(number: int, frame: FrameType | None) -> None:
    """Exit without raising: an exception would surface in whatever module is being imported."""
    if "--progress=json" not in " ".join(sys.argv).replace("--progress json", "--progress=json"):  # only events then
        os.write(2, b"Error: Canceled.\n")
    os._exit(128 + number)


if __name__ == "__main__":
    run()
