"""The application: the routes of both APIs, those about the server itself, and who may call them."""

from __future__ import annotations

from importlib import metadata
from itertools import chain

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route

from speakerplug import Transcriber
from speakerplug.plugin import Plugins

from . import asr_routes, openai_routes
from .access import Access
from .faults import Fault
from .labels import NEVER
from .line import Line
from .metrics import Metrics
from .requested import Transcribers
from .service import Service
from .settings import Settings

GREETING = "SpeakerPlug: POST /v1/audio/transcriptions, or /asr; see /v1/models, /status, /health and /metrics.\n"


def service_of(transcriber: Transcriber, plugins: Plugins, models: tuple[str, ...], settings: Settings) -> Service:
    """Return what all requests share; `models` are those that they may name, the default first."""
    line = Line(settings.queue)
    formats = {name: format for name, format in plugins.formats.items() if format.write is not None}
    return Service(settings, Transcribers(transcriber, plugins, models), formats, line, Metrics(line))


def app_of(service: Service) -> Starlette:
    """Return the application. Every route of the APIs is also below /labels/NAME, for clients without a query."""
    both = [*openai_routes.routes(service), *asr_routes.routes(service)]

    async def health(request: Request) -> Response:
        """Say whether requests are taken."""
        status = "stopping" if service.line.is_stopped else "ok"
        line = {"waiting": service.line.waiting, "running": service.line.running}
        return JSONResponse({"status": status, **line}, 503 if service.line.is_stopped else 200)

    async def status(request: Request) -> Response:
        """Say the version, as Bazarr's Test button asks; below unknown labels, what it would be told later."""
        try:
            openai_routes.labels_of(request, None, NEVER)
        except Fault as fault:
            return asr_routes.explain(fault)
        return JSONResponse({"version": f"SpeakerPlug {metadata.version('speakerplug')}"})

    async def numbers(request: Request) -> Response:
        """Return the metrics."""
        return Response(service.metrics.page(), media_type=service.metrics.content_type)

    async def greeting(request: Request) -> Response:
        """Say what there is."""
        return PlainTextResponse(GREETING)

    own = [Route("/health", health), Route("/status", status), Route("/metrics", numbers), Route("/", greeting)]
    return Starlette(
        routes=[*both, *own, Mount("/labels/{labels}", routes=list(chain(both, own)))],
        middleware=[Middleware(Access, settings=service.settings)],
        exception_handlers={HTTPException: _explain},
    )


async def _explain(request: Request, error: Exception) -> Response:
    """Return a fault for an unknown path or method, in the form of its API."""
    assert isinstance(error, HTTPException)
    fault = Fault(error.status_code, f"{request.method} {request.url.path:.200} is not known here: {error.detail}.")
    explain = openai_routes.explain if "/v1/" in request.url.path else asr_routes.explain
    answer = explain(fault)
    answer.headers.update(error.headers or {})  # Allow
    return answer
