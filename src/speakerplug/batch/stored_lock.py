"""One run at a time in a folder of object storage, which has no locks: an object that each run writes again and again.

The lock of the folder that stands for it settles who runs on this machine; this is for the others.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ..errors import SpeakerPlugError, UsageError
from ..system.temporary import host
from . import storage
from .found import STATE
from .lock import WHOLE, conflicts, this_run
from .storage import joined

BEAT_S, WATCH_S, STALE_S = 15.0, 40.0, 300.0
"""Seconds between two signs of life, for which one waits; and the age of a sign that is too old."""


@contextmanager
def held(url: str, shard: tuple[int, int] = WHOLE) -> Iterator[None]:
    """Hold the folder for this run. Raises UsageError, which says who holds it, if a run elsewhere shows life."""
    place, mine = joined(url, STATE), "run-{}-of-{}.json".format(*shard)
    for name, other in _signs(url).items():
        if other.get("scope") != host() and (name == mine or conflicts(Path(name), shard)) and _is_alive(url, name):
            who = f"process {other.get('pid', '?')} on {other.get('host', 'another machine')}"
            raise UsageError(
                f"Another run is at work in {url}: {who}. Wait for it, end it, or choose another --output."
            )
    done = threading.Event()

    def beat() -> None:
        """Show others that this run is alive."""
        with suppress(SpeakerPlugError):  # the journal says what is wrong
            storage.write(joined(place, mine), json.dumps({**this_run(shard), "beat": time.time()}).encode())

    def keep_beating() -> None:
        """Show it again and again."""
        while not done.wait(BEAT_S):
            beat()

    beat()
    thread = threading.Thread(target=keep_beating, name="sign of life", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(BEAT_S)
        with suppress(SpeakerPlugError):
            storage.remove(joined(place, mine))


def stored_holders(url: str) -> list[Mapping[str, Any]]:
    """Return who is at work in a folder now, as far as their last signs tell."""
    return [sign for _, sign in sorted(_signs(url).items()) if time.time() - sign["beat"] < WATCH_S]


def _signs(url: str) -> dict[str, dict[str, Any]]:
    """Return the signs of life in a folder, the old ones too, by the names of their objects."""
    place = joined(url, STATE)
    names = [name for name in storage.objects_under(place) if name.startswith("run-") and name.endswith(".json")]
    found = {}
    for name, content in storage.read_all(place, names).items():
        with suppress(ValueError):
            sign = json.loads(content)
            if isinstance(sign, dict) and isinstance(sign.get("beat"), (int, float)):
                found[name] = sign
    return found


def _is_alive(url: str, name: str) -> bool:
    """Return whether a run writes its object again."""
    before = _signs(url).get(name, {}).get("beat")
    if before is None or abs(time.time() - before) > STALE_S:
        return False
    until = time.monotonic() + WATCH_S
    while time.monotonic() < until:
        time.sleep(min(5.0, WATCH_S / 5))
        now = _signs(url).get(name, {}).get("beat")
        if now != before:
            return now is not None
    return False
