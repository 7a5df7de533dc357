"""Start calls in threads that may be abandoned: one that hangs blocks the exit of the process only for a while."""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from typing import TypeVar

Result = TypeVar("Result")

PREFIX = "speakerplug-"
"""The beginning of their names."""

EXIT_TIMEOUT_S = 30.0
"""Seconds for which the process waits for such threads at exit.

Nothing ends a batch of CTranslate2 before its time, and an interpreter that is torn down meanwhile crashes (measured: a
segmentation fault). Only `os._exit` is quicker; it skips what others registered for the exit, so the program decides.
"""


def started(call: Callable[[], Result], name: str) -> Future[Result]:
    """Start `call` in a thread of this name and return its future.

    It is a daemon thread, so that one that hangs cannot block exit. It gets a copy of this thread's context variables,
    which the caller's logging may depend on.
    """
    result: Future[Result] = Future()
    context = copy_context()

    def settle() -> None:
        """Set the result or the exception of the future."""
        try:
            result.set_result(context.run(call))
        except BaseException as error:  # raised where the result is requested
            result.set_exception(error)

    threading.Thread(target=settle, name=PREFIX + name, daemon=True).start()
    return result


@atexit.register
def _join_abandoned_threads() -> None:
    until = time.monotonic() + EXIT_TIMEOUT_S
    for thread in threading.enumerate():
        if thread.name.startswith(PREFIX):
            thread.join(max(0.0, until - time.monotonic()))
