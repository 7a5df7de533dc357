"""A call of speakrs in a thread of its own, so that whoever waits for it can be canceled."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

Result = TypeVar("Result")

POLL_S = 0.2
"""Interval at which a waiting caller reports progress and checks for cancellation."""
STOP_S = 0.5
"""Seconds that a canceled call gets to end; then it is left to end by itself."""


def run_cancellably(call: Callable[[], Result], poll: Callable[[], None], cancel: Callable[[], None]) -> Result:
    """Return the result of `call`, or raise its error; `poll` is called meanwhile.

    What `poll` raises, or Ctrl-C, is raised soon after, and `cancel` is called before.
    """
    result: Future[Result] = Future()
    threading.Thread(target=_settle, args=(result, call), name="speakerplug-speakrs", daemon=True).start()
    try:
        poll()
        while wait([result], POLL_S).not_done:
            poll()
    except BaseException:
        cancel()
        wait([result], STOP_S)
        raise
    return result.result()


def _settle(result: Future[Result], call: Callable[[], Result]) -> None:
    try:
        result.set_result(call())
    except BaseException as error:  # raised again by `run_cancellably`
        result.set_exception(error)
