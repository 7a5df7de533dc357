"""A task that is canceled while a recording is transcribed in it."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from speakerplug import Waveform
from speakerplug.testing import FakeRecognizer


class WaitingRecognizer(FakeRecognizer):
    """A recognizer that works until its call is canceled; `begun` is set when it starts."""

    begun = threading.Event()
    ended = threading.Event()

    def recognize(self, waveform: Waveform, request: Any, devices: Any, progress: Any) -> Any:
        """Report progress for ever."""
        self.begun.set()
        try:
            while True:
                progress("recognition", 0.5, 1.0)
                threading.Event().wait(0.005)
        finally:
            self.ended.set()


async def canceled_at_work(read: Any) -> None:
    """Start `read`, cancel its task once the recognizer works, and insist that it ended before the task did."""
    WaitingRecognizer.begun.clear()
    WaitingRecognizer.ended.clear()
    task = asyncio.ensure_future(read)
    while not WaitingRecognizer.begun.is_set():
        await asyncio.sleep(0.005)  # the event loop goes on meanwhile
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert WaitingRecognizer.ended.is_set()
