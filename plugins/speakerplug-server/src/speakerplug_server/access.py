"""Who may call: the name under which a client calls, the page that a browser is on, and the API key."""

from __future__ import annotations

import hmac
import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from .asr_routes import explain as explain_asr
from .faults import Fault
from .openai_routes import explain as explain_openai
from .settings import Settings

OPEN = ("/health",)
"""Paths that need no key."""


class Access:
    """Middleware that refuses foreign names, foreign pages and wrong keys before anything is read.

    A page can have a browser call a server on this machine: under a name of its own that leads here (so `Host` is
    checked), or under ours from elsewhere (so `Origin` is).
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app, self._settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer why not."""
        fault = self._fault(scope["path"], Headers(scope=scope)) if scope["type"] == "http" else None
        if fault is None:
            await self._app(scope, receive, send)
            return
        explain = explain_openai if "/v1/" in scope["path"] else explain_asr
        await explain(fault)(scope, receive, send)

    def _fault(self, path: str, headers: Headers) -> Fault | None:
        host, origin = headers.get("host", ""), headers.get("origin")
        if not self._is_allowed(host_name(host)):
            return Fault(421, f"{host!r:.80} is no name of this server; start it with --allowed-host.", code="host")
        if origin is not None and not self._is_own(host_name(origin.partition("//")[2]), host_name(host)):
            return Fault(403, "Pages of other sites may not call this server.", code="origin")
        key = self._settings.api_key
        if key is None or path in OPEN:
            return None
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), key.encode()):
            return None
        return Fault(401, "The API key is missing or wrong.", code="invalid_api_key")

    def _is_own(self, page: str, host: str) -> bool:
        """Return whether the site of a page is this server, under any of its names."""
        return "*" in self._settings.hosts or page == host or page in self._settings.hosts

    def _is_allowed(self, name: str) -> bool:
        """Return whether a name is one of ours; an address always is, as no site can have it lead elsewhere."""
        if "*" in self._settings.hosts or name in self._settings.hosts:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True


def host_name(host: str) -> str:
    """Return the name in a Host header, without port and brackets."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
