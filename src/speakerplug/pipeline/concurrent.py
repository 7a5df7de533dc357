"""Run work in threads: two stages concurrently, or a call that can be canceled; and detect a forked process."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, Future, TimeoutError, wait
from contextlib import suppress
from typing import Any, TypeVar

from ..errors import Cancelled, UsageError
from ..system.threads import started

Result = TypeVar("Result")
First = TypeVar("First")
Second = TypeVar("Second")

POLL_S = 0.2
"""Poll interval of a waiting thread, so that it notices Ctrl-C."""

STOP_TIMEOUT_S = 0.5
"""Seconds that both threads have to end after they are told to stop."""


def run_concurrently(
    first: Callable[[], First], second: Callable[[], Second], concurrent: bool, stop: Callable[[], None]
) -> tuple[First, Second]:
    """Return the results of both, run in two threads if `concurrent`, else one after the other.

    If the second fails, the first still finishes; if the first fails, `stop` is called so that the second ends. Of two
    errors the first one's is raised, unless it was only stopped. Ctrl-C stops both, and is raised when they have ended,
    or soon after if one of them hangs.
    """
    if not concurrent:
        return first(), second()
    one, two = started(first, "first"), started(second, "second")
    try:
        _wait_for(one, two, stop)
    except BaseException:
        stop()
        for each in (one, two):
            with suppress(TimeoutError):
                each.exception(STOP_TIMEOUT_S / 2)
        raise
    if isinstance(one.exception(), Cancelled):
        two.result()  # raises why the first was stopped
    return one.result(), two.result()


def run_cancellably(work: Callable[[], Result], cancel: threading.Event) -> Result:
    """Return the result of `work`, run in a separate thread.

    Raises Cancelled soon after `cancel` is set: work that has not ended by then continues in the background until its
    next report of progress, and its result is dropped. Raises what `work` raises.
    """
    if cancel.is_set():
        raise Cancelled("The work was canceled before it began.")
    result = started(work, "call")
    while not result.done() and not cancel.is_set():
        wait([result], timeout=POLL_S)
    try:
        return result.result(STOP_TIMEOUT_S / 2 if cancel.is_set() else None)
    except TimeoutError as error:
        if result.done():  # raised by the work itself
            raise
        raise Cancelled("The work was canceled.") from error


def _wait_for(one: Future[First], two: Future[Second], stop: Callable[[], None]) -> None:
    pending: set[Future[Any]] = {one, two}
    while pending:
        _, pending = wait(pending, timeout=POLL_S, return_when=FIRST_EXCEPTION)
        if one.done() and one.exception() is not None:
            stop()


class ForkGuard:
    """Remember the process in which an object was made: in a forked one its threads do not exist."""

    def __init__(self) -> None:
        self._process = os.getpid()

    @property
    def is_same_process(self) -> bool:
        """Whether this is still that process."""
        return self._process == os.getpid()

    def insist(self, what: str) -> None:
        """Raise UsageError in any other process; `what` names the object in the message."""
        if not self.is_same_process:
            raise UsageError(
                f"This {what} was made before the process forked, and its threads and devices stayed behind; "
                "make one in this process, or start processes by 'spawn' instead of 'fork'."
            )
