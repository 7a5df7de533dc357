"""Locks that serve in order of arrival, know their holder, and refuse to deadlock."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..errors import DeviceError

WAIT_S = 3600.0
"""Default timeout for a model or a device in use, in seconds."""


class Monitor:
    """The condition that all locks of a manager share, and the lock that each thread waits for."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.releases = 0
        self.waiting: dict[int, FairLock | None] = {}

    def wait(self, ready: Callable[[], bool], deadline: float, behind: FairLock | None = None) -> bool:
        """Wait until `ready()`, called at every change; False at the `deadline` (monotonic). Call it in `changed`."""
        me = threading.get_ident()
        self.waiting[me] = behind
        self.changed.notify_all()  # another thread may wait for what this one will not release now
        try:
            while not ready():
                if not self.changed.wait(max(0.0, deadline - time.monotonic())) and time.monotonic() >= deadline:
                    return ready()
            return True
        finally:
            del self.waiting[me]

    def awaits(self, lock: FairLock, thread: int) -> bool:
        """Return whether `lock` cannot become free before `thread` goes on."""
        seen: set[int] = set()
        current: FairLock | None = lock
        while current is not None and current.holder is not None and current.holder not in seen:
            if current.holder == thread:
                return True
            seen.add(current.holder)
            current = self.waiting.get(current.holder)
        return False


class FairLock:
    """A reentrant lock, first come, first served."""

    def __init__(self, name: str, monitor: Monitor) -> None:
        self.name = name
        self.holder: int | None = None
        self.depth = 0
        self._monitor = monitor
        self._queue: deque[object] = deque()
        self._who = ""
        self._since = 0.0

    @contextmanager
    def held(self, deadline: float) -> Iterator[None]:
        """Hold the lock in the block; raise DeviceError, which names the holder, at the deadline."""
        with self._monitor.changed:
            if self.holder == threading.get_ident():
                self.depth += 1
            else:
                self._await_turn(deadline)
        try:
            yield
        finally:
            self.release()

    @property
    def who(self) -> str:
        """The name of the holder's thread, and for how many seconds it has held the lock."""
        return f"thread {self._who} for {time.monotonic() - self._since:.0f} s"

    def try_acquire(self) -> bool:
        """Take the lock if it is free, for a moment; end with `release(was_use=False)`."""
        with self._monitor.changed:
            is_free = self.holder is None
            if is_free:
                self._take()
            return is_free

    def release(self, was_use: bool = True) -> None:
        """Release the lock once; the end of a use is counted, for threads that wait for memory."""
        with self._monitor.changed:
            self.depth -= 1
            if self.depth == 0:
                self.holder = None
                self._monitor.releases += was_use
                self._monitor.changed.notify_all()

    def _await_turn(self, deadline: float) -> None:
        me, ticket = threading.get_ident(), object()

        def is_mine() -> bool:
            return self.holder is None and self._queue[0] is ticket

        self._queue.append(ticket)
        try:
            in_time = self._monitor.wait(lambda: is_mine() or self._monitor.awaits(self, me), deadline, self)
            if not is_mine():
                held = f"{self.name} is held by {self.who}"
                if in_time:
                    raise DeviceError(f"{held}, which itself waits for this thread; hold one model at a time.")
                raise DeviceError(f"{held}; wait for it, allow more time, or use another model.")
            self._take()
        finally:
            self._queue.remove(ticket)
            self._monitor.changed.notify_all()

    def _take(self) -> None:
        self.holder, self.depth = threading.get_ident(), 1
        self._who, self._since = threading.current_thread().name, time.monotonic()
