"""Watches the calls of plugins: one that takes long is reported while it runs, as it may never end."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

log = logging.getLogger(__name__)

LONG_S = 10.0
"""A call that takes more seconds is reported."""
MAY_TAKE_LONG = ("recognize", "diarize", "align")
"""Hooks that run a whole stage, whose calls are not watched."""


class Watch:
    """A thread that checks the calls in progress, as long as there are any."""

    def __init__(self, long_s: float = LONG_S) -> None:
        self._long_s = long_s
        self._lock = threading.Lock()
        self._calls: dict[object, tuple[float, str, str]] = {}
        self._named: set[tuple[str, str]] = set()
        self._thread: threading.Thread | None = None

    @contextmanager
    def over(self, plugin: str, what: str) -> Iterator[None]:
        """Watch the block, in which `plugin` runs `what`: a hook, or its import."""
        if what in MAY_TAKE_LONG:
            yield
            return
        call = object()
        with self._lock:
            self._calls[call] = (time.monotonic(), plugin, what)
            if self._thread is None or not self._thread.is_alive():  # a fork takes no threads along
                self._thread = threading.Thread(target=self._look, name="speakerplug-watch", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            self._calls.pop(call, None)

    def _look(self) -> None:
        while True:
            time.sleep(self._long_s / 4)
            with self._lock:
                if not self._calls:
                    self._thread = None
                    return
                calls = list(self._calls.values())
            for began, plugin, what in calls:
                if time.monotonic() - began > self._long_s and (plugin, what) not in self._named:
                    self._named.add((plugin, what))
                    log.warning("Plugin %s: its %s has taken more than %g s so far.", plugin, what, self._long_s)
