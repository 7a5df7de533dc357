"""The line in which requests wait for the models: one runs at a time, in the order of arrival."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from .faults import Fault, stopping

LONGEST_RETRY_S = 60
"""The most that Retry-After may say: OpenAI's clients give up on more than 120, older ones on more than 60."""
HOPELESS = 10
"""A patient request is refused behind so many times as many."""
REMEMBERED = 8


class Line:
    """A bounded line of requests; used in one event loop."""

    def __init__(self, places: int) -> None:
        self.places = places
        self.running = 0
        self._waiting = {True: 0, False: 0}  # by whether they are patient
        self._turns = asyncio.Semaphore(1)
        self._stopped = asyncio.Event()
        self._spent: deque[float] = deque(maxlen=REMEMBERED)

    @property
    def waiting(self) -> int:
        """The requests that wait."""
        return sum(self._waiting.values())

    @property
    def is_stopped(self) -> bool:
        """Whether nothing starts any more."""
        return self._stopped.is_set()

    @property
    def retry_after_s(self) -> int:
        """Seconds after which half of those that wait are done, if they take as long as the last ones.

        A place is free sooner, but others were refused, too.
        """
        mean = sum(self._spent) / len(self._spent) if self._spent else 1.0
        return max(1, min(LONGEST_RETRY_S, math.ceil(mean * max(1.0, self.waiting / 2))))

    def stop(self) -> None:
        """Refuse what waits and what comes."""
        self._stopped.set()

    def admit(self, is_patient: bool = False) -> None:
        """Raise Fault if there is no place left; patient clients have their own, ten times as many."""
        if self.is_stopped:
            raise stopping()
        if self.running + self._waiting[is_patient] > (max(1, self.places) * HOPELESS if is_patient else self.places):
            raise Fault(
                429,
                f"{self.waiting} requests are waiting, and there is no place for more; try again later.",
                code="queue_full",
                retry_after_s=self.retry_after_s,
            )

    @asynccontextmanager
    async def turn(self, is_patient: bool = False) -> AsyncIterator[None]:
        """Wait for the turn, and keep it until the block ends. Raises what `admit` raises."""
        self.admit(is_patient)
        self._waiting[is_patient] += 1
        try:
            await self._acquire()
        finally:
            self._waiting[is_patient] -= 1
        self.running += 1
        began = time.monotonic()
        try:
            yield
        finally:
            self._spent.append(time.monotonic() - began)
            self.running -= 1
            self._turns.release()

    async def _acquire(self) -> None:
        """Wait for the turn, or for the end of the server."""
        turn = asyncio.ensure_future(self._turns.acquire())
        stop = asyncio.ensure_future(self._stopped.wait())
        try:
            await asyncio.wait((turn, stop), return_when=asyncio.FIRST_COMPLETED)
            if self.is_stopped:
                raise stopping()
        except BaseException:
            if turn.done() and not turn.cancelled():
                self._turns.release()
            raise
        finally:
            stop.cancel()
            if not turn.done():
                turn.cancel()
