"""Calls that may take long or never return, each in a thread of its own so that it can be canceled."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

Result = TypeVar("Result")

POLL_S = 0.2
"""Interval at which a waiting caller reports progress and checks for cancellation."""


class SilentError(Exception):
    """A call that has made no progress for too long."""


class OverdueError(Exception):
    """A call that makes progress but exceeds its time limit."""


class AbandonedError(Exception):
    """Raised inside a call whose caller no longer waits."""


class CancellableCall:
    """One call that can be canceled; the callee calls `moved` whenever it makes progress."""

    def __init__(self) -> None:
        self._left = threading.Event()
        self._moved_at = time.monotonic()

    def moved(self) -> None:
        """Note progress, from inside the call; raises AbandonedError if the caller no longer waits."""
        if self._left.is_set():
            raise AbandonedError
        self._moved_at = time.monotonic()

    def run(
        self, call: Callable[[], Result], poll: Callable[[], None], silence_s: float, limit_s: float = math.inf
    ) -> Result:
        """Return the call's result, or its error.

        `poll` is called meanwhile and at the end; what it raises cancels the call. Raises SilentError after
        `silence_s` seconds without progress, OverdueError after `limit_s` seconds in total.
        """
        result: Future[Result] = Future()
        started = self._moved_at = time.monotonic()
        threading.Thread(target=_settle, args=(result, call), name="speakerplug-pyannoteai", daemon=True).start()
        try:
            while wait([result], POLL_S).not_done:
                poll()
                now = time.monotonic()
                if now - started > limit_s:
                    raise OverdueError
                if now - self._moved_at > silence_s:
                    raise SilentError
            poll()
        finally:
            self._left.set()
        return result.result()


def _settle(result: Future[Result], call: Callable[[], Result]) -> None:
    try:
        result.set_result(call())
    except BaseException as error:  # raised again by `run`
        result.set_exception(error)
