"""The server's socket, its folder for uploads, and its end."""

from __future__ import annotations

import asyncio
import logging
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from speakerplug.plugin import UsageError

from .service import Service

log = logging.getLogger(__name__)

BACKLOG = 2048
AFTER_GRACE_S = 5
"""Seconds for a canceled request to end, and for its answer."""


@contextmanager
def listen(host: str, port: int) -> Iterator[socket.socket]:
    """Yield a socket that listens; raises UsageError for an address that is not ours, or a port that is taken."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        made = socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except OSError as error:
        raise UsageError(
            f"Nothing can listen on {host}, port {port} ({error.strerror}); choose another --port, or --host."
        ) from error
    with made:
        yield made


@contextmanager
def uploads_in(folder: Path) -> Iterator[None]:
    """Have all temporary files of this process made in `folder`, which the next start removes after a crash."""
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before


def run(app: ASGIApp, service: Service, listening: socket.socket) -> None:
    """Answer requests until Ctrl-C or SIGTERM, and then those that run."""
    server = Server(app, service)
    host, port = listening.getsockname()[:2]
    log.info("Serving on http://%s:%d; Ctrl-C stops.", f"[{host}]" if ":" in host else host, port)
    with suppress(KeyboardInterrupt):  # uvicorn repeats the signal when it is done
        server.run(sockets=[listening])


class Server(uvicorn.Server):
    """Uvicorn, which tells the service when it begins to stop."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        grace_s = service.settings.grace_s + AFTER_GRACE_S
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                lifespan="off",
                ws="none",
                timeout_graceful_shutdown=round(grace_s),
            )
        )
        self._service = service

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Refuse what waits, and let finish what runs."""
        stopping = asyncio.ensure_future(self._service.stop())
        try:
            await super().shutdown(sockets)
        finally:
            stopping.cancel()
