"""What to do with a recording, from the last record of it and what is there now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .record import DIED, DONE, FAILED, KILLED, STARTED, Record

MOST_DEATHS = 2
"""Workers that may die under a recording before it is set aside."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user wants done again: failures, or everything; or to take results that are there for done."""

    retry_failed: bool = False
    redo: bool = False
    skip_existing: bool = False


@dataclass(frozen=True, slots=True)
class Present:
    """A recording as it is now: its `content` key and that of its `settings`.

    `is_intact` returns whether the files of a record are there; it is asked only for one that is done.
    """

    content: str
    settings: str
    is_intact: Callable[[Record], bool] = lambda record: True


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether to do a recording, as which attempt, and whether after all others; else the `state` that it stays in."""

    state: str = ""
    attempt: int = 1
    is_late: bool = False

    @property
    def is_todo(self) -> bool:
        """Whether there is anything to do."""
        return not self.state


def decide(latest: Record | None, now: Present, wish: Wish = Wish()) -> Decision:
    """Return what to do with a recording whose last record is `latest`.

    What was interrupted, as its driver died too, comes last, and so does what a worker died under; that alone counts as
    an attempt. Other content or settings are as if nothing was done.
    """
    if latest is None or wish.redo or latest.content != now.content or latest.settings != now.settings:
        return Decision()
    if latest.state == DONE:
        return Decision(DONE) if now.is_intact(latest) else Decision()
    if latest.state == FAILED:
        return Decision() if wish.retry_failed or latest.again else Decision(FAILED)
    if latest.state == KILLED:
        return Decision() if wish.retry_failed else Decision(KILLED)
    if latest.state == DIED and latest.blames:
        return Decision(attempt=latest.attempt + 1, is_late=True)
    assert latest.state in (STARTED, DIED)
    return Decision(attempt=latest.attempt, is_late=True)
