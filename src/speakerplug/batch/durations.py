"""How long recordings are, before any work: read from their headers in a process of its own, which some may crash."""

from __future__ import annotations

import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import SpeakerPlugError
from .storage import identity_of, is_remote

PROGRAM = f"import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); from {__name__} import main; main()"
TIMEOUT_S = 20.0
"""Seconds that the headers of one recording may take."""
MOST_CRASHES = 20
"""Recordings that may end the process; the lengths of those after them stay unknown."""
BYTES_PER_S = 16_000
"""A usual size of a second of audio, where nothing tells its length."""


def durations_of(paths: Sequence[str]) -> Mapping[str, float]:
    """Return the seconds of each recording whose headers tell them."""
    found: dict[str, float] = {}
    left, crashes = [*paths], 0
    while left and crashes < MOST_CRASHES:
        read = _probed(left, found)
        left, crashes = left[read + 1 :], crashes + 1  # the one after those ended the process
    return found


def estimated(path: str) -> float:
    """Return the seconds that a recording of its size may have; 0 for what cannot be read."""
    try:
        return (identity_of(path)[0] if is_remote(path) else os.stat(path).st_size) / BYTES_PER_S
    except Exception:  # a storage's driver raises its own
        return 0.0


def _probed(paths: Sequence[str], found: dict[str, float]) -> int:
    """Add the lengths of recordings to `found`, until the process ends or hangs; return how many were probed."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_pump, args=(process, paths, lines), name="durations", daemon=True).start()
    try:
        for number, path in enumerate(paths):
            line = lines.get(timeout=TIMEOUT_S)
            if not line:
                return number
            if line.strip():
                found[path] = float(line)
        return len(paths)
    except queue.Empty:
        return number
    finally:
        process.kill()
        process.wait()


def _pump(process: subprocess.Popen[bytes], paths: Sequence[str], lines: queue.SimpleQueue[bytes]) -> None:
    """Send the paths, and receive a line about each; an empty one at the end."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(pickle.dumps([path for path in sys.path if path]) + pickle.dumps([*paths]))
        process.stdin.close()
        for line in process.stdout:
            lines.put(line)
    except (OSError, ValueError):
        pass
    lines.put(b"")


def main() -> None:
    """Write the seconds of each recording, an empty line where they are unknown; in the process."""
    for path in pickle.load(sys.stdin.buffer):
        seconds = _seconds(path)
        sys.stdout.write(f"{'' if seconds is None else seconds}\n")
        sys.stdout.flush()


def _seconds(path: str) -> float | None:
    from ..media.file import MediaFile

    try:
        if not Path(path).is_file():
            return None
        file = MediaFile(Path(path))
        end = file.info.end
        file.close()
    except (SpeakerPlugError, OSError, ValueError):
        return None
    return end if end is not None and 0 < end < 1e7 else None
