"""Work of a coroutine in a thread, which ends when the coroutine's task is canceled."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

Result = TypeVar("Result")


async def in_thread(work: Callable[[], Result], cancel: threading.Event) -> Result:
    """Return the result of work in a thread; once the task is canceled, set `cancel`, and wait for the work's end."""
    job = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(job)
    except asyncio.CancelledError:
        cancel.set()
        with suppress(Exception):
            await job
        raise
