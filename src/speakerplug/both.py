"""Two stages of one recording: at once where the plan allows it, else one after the other."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from typing import Any, TypeVar

from .errors import SpeakerPlugError

First = TypeVar("First")
Second = TypeVar("Second")

GLANCE_S = 0.2
"""How often the waiting thread looks up, so that Ctrl-C is heard."""


class HalfDoneError(Exception):
    """One of two failed, with `error`; `done` is the result of the other."""

    def __init__(self, error: SpeakerPlugError, done: object) -> None:
        super().__init__(str(error))
        self.error = error
        self.done = done


def run_both(
    first: Callable[[], First], second: Callable[[], Second], at_once: bool, stop: Callable[[], None]
) -> tuple[First, Second]:
    """The results of both.

    Where the second fails, the first is finished all the same, and HalfDoneError holds its result; where the
    first fails, `stop` is called so that the second ends. Ctrl-C stops both, and is raised when they have ended.
    """
    if not at_once:
        done = first()
        try:
            return done, second()
        except SpeakerPlugError as error:
            raise HalfDoneError(error, done) from error
    with ThreadPoolExecutor(max_workers=2, thread_name_prefix="speakerplug") as pool:
        # Each has a copy of what this thread knows, such as which recording it is at.
        one, two = pool.submit(copy_context().run, first), pool.submit(copy_context().run, second)
        try:
            _wait_for(one, two, stop)
        except BaseException:
            stop()
            raise
        return _results(one, two)


def _wait_for(one: Future[First], two: Future[Second], stop: Callable[[], None]) -> None:
    pending: set[Future[Any]] = {one, two}
    while pending:
        _, pending = wait(pending, timeout=GLANCE_S, return_when=FIRST_EXCEPTION)
        if one.done() and one.exception() is not None:
            stop()


def _results(one: Future[First], two: Future[Second]) -> tuple[First, Second]:
    done = one.result()  # what went wrong first is what is said
    try:
        return done, two.result()
    except SpeakerPlugError as error:
        raise HalfDoneError(error, done) from error
