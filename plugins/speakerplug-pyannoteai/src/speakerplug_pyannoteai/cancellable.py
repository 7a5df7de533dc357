"""Calls that may take long or never come back, made in a thread of their own so that they can be cancelled."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

Result = TypeVar("Result")

POLL_S = 0.2
"""How often whoever waits looks up: to say how far it is, and to hear that it is to stop."""


class SilentError(Exception):
    """The call has given no sign of life for too long."""


class OverdueError(Exception):
    """The call gives signs of life, and does not end."""


class AbandonedError(Exception):
    """Raised inside a call that nobody waits for any more."""


class CancellableCall:
    """One call that can be cancelled. What it calls says `moved` whenever it gets somewhere."""

    def __init__(self) -> None:
        self._left = threading.Event()
        self._moved_at = time.monotonic()

    def moved(self) -> None:
        """Told from inside the call: there is a sign of life. Raises AbandonedError where nobody waits any more."""
        if self._left.is_set():
            raise AbandonedError
        self._moved_at = time.monotonic()

    def run(
        self, call: Callable[[], Result], poll: Callable[[], None], silence_s: float, limit_s: float = math.inf
    ) -> Result:
        """The call's result, or its error.

        `poll` is called meanwhile and at the end; what it raises leaves the call. Raises SilentError after
        `silence_s` seconds without a sign of life, OverdueError after `limit_s` seconds altogether.
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
    except BaseException as error:  # it is raised where the result is wanted
        result.set_exception(error)
