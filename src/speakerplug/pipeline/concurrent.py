"""Work in threads: two stages concurrently, a call that can be cancelled; and what of that does not survive a fork."""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, Future, TimeoutError, wait
from contextlib import suppress
from contextvars import copy_context
from typing import Any, TypeVar

from ..errors import Cancelled, UsageError

Result = TypeVar("Result")
First = TypeVar("First")
Second = TypeVar("Second")

GLANCE_S = 0.2
"""How often the waiting thread looks up, so that Ctrl-C is heard."""

LEAVE_S = 0.5
"""Seconds that both are given to end when they are told to."""

CALL = "speakerplug-call"
"""The name of a thread that may be left to itself."""

EXIT_S = 10.0
"""Seconds for which the end of the process waits for such threads: native code aborts where it is cut off."""


def run_concurrently(
    first: Callable[[], First], second: Callable[[], Second], at_once: bool, stop: Callable[[], None]
) -> tuple[First, Second]:
    """The results of both.

    Where the second fails, the first is finished all the same; where the first fails, `stop` is called so that the
    second ends. Ctrl-C stops both, and is raised when they have ended, or soon if one of them hangs.
    """
    if not at_once:
        return first(), second()
    one, two = begun(first, "speakerplug-first"), begun(second, "speakerplug-second")
    try:
        _wait_for(one, two, stop)
    except BaseException:
        stop()
        for each in (one, two):
            with suppress(TimeoutError):
                each.exception(LEAVE_S / 2)
        raise
    return one.result(), two.result()  # what went wrong first is what is said


def run_cancellably(work: Callable[[], Result], cancel: threading.Event) -> Result:
    """Return what `work` gives, in a thread of its own.

    Raises Cancelled soon after `cancel` is set: work that has not ended by itself then goes on, unheard, to its next
    report of progress. Raises what `work` raises.
    """
    if cancel.is_set():
        raise Cancelled("The work was cancelled before it began.")
    result = begun(work, CALL)
    while not result.done() and not cancel.is_set():
        wait([result], timeout=GLANCE_S)
    try:
        return result.result(LEAVE_S / 2 if cancel.is_set() else None)
    except TimeoutError as error:
        if result.done():  # it is the work's own
            raise
        raise Cancelled("The work was cancelled.") from error


def begun(call: Callable[[], First], name: str) -> Future[First]:
    """What `call` will give, in a thread; a daemon, for one that hangs must not keep the process from its end.

    It has a copy of the context variables of this thread: the caller's logging may go by them.
    """
    result: Future[First] = Future()
    context = copy_context()

    def settle() -> None:
        """Pass on what it gives or raises."""
        try:
            result.set_result(context.run(call))
        except BaseException as error:  # it is raised where the result is wanted
            result.set_exception(error)

    threading.Thread(target=settle, name=name, daemon=True).start()
    return result


def _wait_for(one: Future[First], two: Future[Second], stop: Callable[[], None]) -> None:
    pending: set[Future[Any]] = {one, two}
    while pending:
        _, pending = wait(pending, timeout=GLANCE_S, return_when=FIRST_EXCEPTION)
        if one.done() and one.exception() is not None:
            stop()


@atexit.register
def _await_what_is_left() -> None:
    until = time.monotonic() + EXIT_S
    for thread in threading.enumerate():
        if thread.name == CALL:
            thread.join(max(0.0, until - time.monotonic()))


class Birthplace:
    """The process in which something was made; a copy in a forked one would wait for threads that are not there."""

    def __init__(self) -> None:
        self._process = os.getpid()

    @property
    def is_here(self) -> bool:
        """Whether this is that process."""
        return self._process == os.getpid()

    def insist(self, what: str) -> None:
        """Raise UsageError in any other process."""
        if not self.is_here:
            raise UsageError(
                f"This {what} was made before the process forked, and its threads and devices stayed behind; "
                "make one in this process, or start processes by 'spawn' instead of 'fork'."
            )
