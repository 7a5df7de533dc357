"""An endpoint that takes a form: it is read, answered, counted and logged, whatever happens."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from speakerplug.plugin import SpeakerPlugError, first_line, named_as_fields

from .faults import Fault, fault_of
from .service import ClientGone, Service
from .uploads import Form, form_of

log = logging.getLogger(__name__)

CLIENT_GONE = 499
"""What the log says of a client that did not wait for the answer; nginx' number."""

Handle = Callable[[Service, Request, Form], Awaitable[Response]]
Explain = Callable[[Fault], Response]


class Endpoint:
    """An ASGI application for one route: `handle` answers a form, `explain` a fault."""

    def __init__(self, service: Service, route: str, handle: Handle, explain: Explain) -> None:
        self._service, self._route, self._handle, self._explain = service, route, handle, explain

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; its files are gone after that."""
        request, began, status, sent = Request(scope, receive), time.monotonic(), CLIENT_GONE, False

        async def sending(message: Any) -> None:
            """Send a part of the answer, and remember that it was begun."""
            nonlocal sent
            sent = True
            await send(message)

        try:
            try:
                with named_as_fields():
                    async with form_of(request, self._service.settings.max_bytes) as form:
                        response = await self._handle(self._service, request, form)
                        await response(scope, receive, sending)
            except (ClientGone, ClientDisconnect):
                return
            except Exception as error:
                if sent:
                    raise
                response = self._explain(told(error))
                await response(scope, receive, send)
            status = response.status_code
        finally:
            self._report(status, time.monotonic() - began, scope)

    def _report(self, status: int, seconds: float, scope: Scope) -> None:
        """Log one line, and count the request; nothing of what was said in it."""
        about = {"route": self._route, "status": status, "seconds": round(seconds, 3)}
        log.info("%s", json.dumps(about | scope.get("state", {}).get("about", {})))
        self._service.metrics.answered(self._route, status, seconds)


def told(error: Exception) -> Fault:
    """Return the answer for an error; log one that is the server's own."""
    fault = fault_of(error)
    if fault.status >= 500 and not isinstance(error, Fault):
        log.error(
            "%s", error if isinstance(error, SpeakerPlugError) else f"{type(error).__name__}: {first_line(error)}"
        )
        log.debug("The error was:", exc_info=error)
    return fault


def note(request: Request, **about: Any) -> None:
    """Add to the line that is logged of a request."""
    noted = request.scope.setdefault("state", {}).setdefault("about", {})
    noted.update({name: value for name, value in about.items() if value is not None})
