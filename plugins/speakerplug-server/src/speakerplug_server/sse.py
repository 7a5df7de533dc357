"""Answers that arrive as a stream of server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing, suppress
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from .service import ClientGone, watched

KEEP_S = 10.0
"""Seconds of silence after which a comment shows that the server is still there."""
KEEP = b": keep\n\n"
DONE = b"data: [DONE]\n\n"

Event = Mapping[str, Any] | None
"""The data of an event, with its `type`; None is a comment."""


class EventStream(Response):
    """A response that sends events as they come, and ends with [DONE].

    An error becomes an event of its own, as `explain` says; before the first event it is raised.
    """

    media_type = "text/event-stream"

    def __init__(self, events: AsyncGenerator[Event], explain: Callable[[Exception], Event]) -> None:
        super().__init__(headers={"cache-control": "no-cache", "x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._events, self._explain = events, explain

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events; raises ClientGone when the client has gone."""

        async def body(data: bytes, more: bool = True) -> None:
            """Send a part of the body."""
            await send({"type": "http.response.body", "body": data, "more_body": more})

        async with aclosing(self._events):
            first = await anext(self._events)
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            await body(encoded(first))  # the headers leave with the first bytes
            async with watched(receive), aclosing(_kept_alive(self._events)) as following:
                try:
                    async for data in following:
                        await body(data)
                except (ClientGone, asyncio.CancelledError):
                    raise
                except Exception as error:
                    await body(encoded(self._explain(error)))
        await body(DONE, more=False)


async def _kept_alive(events: AsyncGenerator[Event]) -> AsyncGenerator[bytes]:
    """Yield the events, and a comment whenever there was none for a while."""
    following = asyncio.ensure_future(anext(events))
    try:
        while True:
            done, _ = await asyncio.wait((following,), timeout=KEEP_S)
            if not done:
                yield KEEP
                continue
            try:
                event = following.result()
            except StopAsyncIteration:
                return
            yield encoded(event)
            following = asyncio.ensure_future(anext(events))
    finally:
        if not following.done():
            following.cancel()
            with suppress(asyncio.CancelledError, StopAsyncIteration):
                await following


def encoded(event: Event) -> bytes:
    """Return an event with its type on a line of its own, without which Subtitle Edit drops it."""
    if event is None:
        return KEEP
    head = f"event: {event['type']}\n" if "type" in event else "event: error\n"
    return f"{head}data: {json.dumps(event, ensure_ascii=False)}\n\n".encode()
