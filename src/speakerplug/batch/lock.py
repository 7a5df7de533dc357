"""One run at a time in a folder of results; shards of one job share it. The lock ends with its process.

Some shared file systems keep no locks between machines. So a run also touches a file that says who it is, every few
seconds, and one on another machine watches for that before it takes over.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ..errors import OutputError, UsageError
from ..system.files import write_whole
from ..system.temporary import host
from .found import STATE

WHOLE = (1, 1)
"""The shard that is everything."""
BEAT_S, WATCH_S, STALE_S = 5.0, 20.0, 120.0
"""Seconds between two signs of life, for which one on another machine waits; and the age of a sign that is too old."""
BRIEF_S = 0.3
"""Seconds to wait for the lock: who asks whether it is held has it for an instant."""


@contextmanager
def locked(output: Path, shard: tuple[int, int] = WHOLE) -> Iterator[None]:
    """Hold the folder for this run. Raises UsageError, which says who holds it, if another run is at work there."""
    from filelock import FileLock, Timeout

    path = _path(output, shard)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path, timeout=BRIEF_S, thread_local=False)
        lock.acquire()
    except Timeout:
        raise _taken(output, path) from None
    except OSError as error:
        raise OutputError(f"{path.parent} cannot be written ({error.strerror}); choose another --output.") from error
    done = threading.Event()
    try:
        if _is_alive_elsewhere(path):
            raise _taken(output, path)
        write_whole(_about(path), json.dumps(this_run(shard)))
        threading.Thread(target=_beat, args=(_about(path), done), name="lock", daemon=True).start()
        for other in sorted(path.parent.glob("run-*.lock")):
            if other != path and conflicts(other, shard) and _is_held(other):
                raise _taken(output, other)
        yield
    finally:
        done.set()
        with suppress(OSError):
            if _read(path).get("scope") == host():
                _about(path).unlink()
        lock.release()


def _beat(path: Path, done: threading.Event) -> None:
    """Show others that this run is alive."""
    while not done.wait(BEAT_S):
        with suppress(OSError):
            os.utime(path)


def _is_alive_elsewhere(path: Path) -> bool:
    """Return whether a run on another machine, whose lock this one does not see, touches its file."""
    if not _is_elsewhere(_read(path)):
        return False
    try:
        before = _about(path).stat().st_mtime_ns
        if abs(time.time() - before / 1e9) > STALE_S:
            return False
        until = time.monotonic() + WATCH_S
        while time.monotonic() < until:
            time.sleep(min(BEAT_S, WATCH_S) / 5)
            if _about(path).stat().st_mtime_ns != before:
                return True
    except OSError:  # it has ended
        pass
    return False


def holders(output: Path) -> list[Mapping[str, Any]]:
    """Return who is at work in a folder now: host, process, since when, and the shard."""
    found = [(path, _read(path)) for path in sorted((output / STATE).glob("run-*.lock"))]
    return [about for path, about in found if _is_held(path) or (_is_elsewhere(about) and _beats(path))]


def _path(output: Path, shard: tuple[int, int]) -> Path:
    number, count = shard
    return output / STATE / f"run-{number}-of-{count}.lock"


def _about(path: Path) -> Path:
    return path.with_suffix(".json")


def this_run(shard: tuple[int, int]) -> dict[str, Any]:
    """Return who this run is."""
    about = {"host": socket.gethostname(), "scope": host(), "pid": os.getpid(), "since": time.time()}
    return about if shard == WHOLE else {**about, "shard": shard_name(shard)}


def shard_name(shard: tuple[int, int]) -> str:
    """Return a shard as the command line and the journal write it, such as 3/16."""
    return "{}/{}".format(*shard)


def conflicts(other: Path, shard: tuple[int, int]) -> bool:
    """Return whether another run's recordings may be those of this shard: not if both are shards of as many."""
    count = other.stem.rpartition("-")[2]
    return count != str(shard[1]) or shard == WHOLE


def _is_held(path: Path) -> bool:
    from filelock import FileLock, Timeout

    lock = FileLock(path, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        return True
    except OSError:  # of another user, or read-only
        return _beats(path)
    lock.release()
    return False


def _beats(path: Path) -> bool:
    """Return whether a run has given a sign of life a moment ago, for who cannot ask its lock."""
    try:
        return abs(time.time() - _about(path).stat().st_mtime) < WATCH_S
    except OSError:
        return False


def _is_elsewhere(about: Mapping[str, Any]) -> bool:
    """Return whether a run is on another machine, whose lock this one may not see."""
    return about.get("scope") not in (None, host())


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(_about(path).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _taken(output: Path, path: Path) -> UsageError:
    holder = _read(path)
    since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(holder["since"])) if "since" in holder else "just now"
    who = f"process {holder.get('pid', '?')} on {holder.get('host', 'another machine')}, since {since}"
    what = f" (shard {holder['shard']})" if "shard" in holder else ""
    return UsageError(
        f"Another run is at work in {output}: {who}{what}. Wait for it, end it, or choose another --output; "
        f"speakerplug batch --status {output} shows how far it is."
    )
