"""A model hub on loopback that behaves as the real one does, and can be made to fail."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from tests.standins.server import serving

COMMIT = "c0" * 20
LARGE = 1_000
"""Files of this size are on a storage host of another name, as the real hub's are."""

TOKEN = "hf_stands_in_for_a_token"


@dataclass(frozen=True)
class Asked:
    """One request: method, path, the requested bytes, whether it had a token, its host, and its user agent."""

    method: str
    path: str
    range: str | None
    has_token: bool
    host: str
    agent: str


@dataclass
class StandInHub:
    """Serves `repositories` (name -> file -> bytes), and fails as set up.

    `gated` repositories are given to `granted` tokens only; a token that is in neither `granted` nor `known` is
    rejected everywhere. Requests whose path contains one of `stalls` get no response; those of `fails` get that
    status; with `echoes`, rejections repeat the Authorization header. Of a file by the last word of its path, `cuts`
    breaks the connection once after that many bytes, `stops` falls silent at that byte whenever it is reached, and
    `spoils` sends other bytes.
    """

    repositories: dict[str, dict[str, bytes]]
    gated: set[str] = field(default_factory=set)
    granted: set[str] = field(default_factory=lambda: {TOKEN})
    known: set[str] = field(default_factory=set)
    narrow: set[str] = field(default_factory=set)
    stalls: str | None = None
    fails: tuple[str, int] | None = None
    cuts: dict[str, int] = field(default_factory=dict)
    stops: dict[str, int] = field(default_factory=dict)
    spoils: set[str] = field(default_factory=set)
    echoes: bool = False
    asked: list[Asked] = field(default_factory=list)
    endpoint: str = ""
    released: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def listening(self) -> Iterator[StandInHub]:
        """Serve until the block ends, and release stalled requests then."""
        with serving(type("Handler", (_Handler,), {"hub": self}), self.released) as self.endpoint:
            yield self

    def downloads(self) -> list[Asked]:
        """Return the requests for bytes of files."""
        return [asked for asked in self.asked if asked.method == "GET" and not asked.path.startswith("/api/")]


class _Handler(BaseHTTPRequestHandler):
    hub: StandInHub
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing on stderr."""

    def _answer(self) -> None:
        hub, path = self.hub, self.path.partition("?")[0]
        token = (self.headers["Authorization"] or "").removeprefix("Bearer ") or None
        hub.asked.append(
            Asked(
                self.command,
                path,
                self.headers["Range"],
                token is not None,
                self.headers["Host"],
                self.headers["User-Agent"] or "",
            )
        )
        if hub.stalls is not None and hub.stalls in path:
            hub.released.wait()
            self.close_connection = True
        elif hub.fails is not None and hub.fails[0] in path:
            self._send(hub.fails[1])
        elif path.startswith("/storage/"):
            self._send_file(_by_hash(hub.repositories, path.rpartition("/")[2]))
        elif token is not None and token not in hub.granted | hub.known | hub.narrow:
            self._send(401, {"X-Error-Message": "Invalid credentials in Authorization header"})
        elif match := re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/revision/(.+))?", path):
            self._about(match[1], match[2], token)
        elif match := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
            self._file(match[1], match[2], match[3], token)
        else:
            self._send(200)

    def _about(self, repo: str, revision: str | None, token: str | None) -> None:
        """Return the hub's description of a repository, which is public: only its files are gated."""
        if not self._is_there(repo, revision or "main", token):
            return
        siblings = [_sibling(name, content) for name, content in self.hub.repositories[repo].items()]
        about = {"id": repo, "sha": COMMIT, "private": False, "tags": [], "siblings": siblings}
        self._send(200, {"Content-Type": "application/json"}, json.dumps(about).encode())

    def _file(self, repo: str, revision: str, name: str, token: str | None) -> None:
        hub = self.hub
        if not self._is_there(repo, revision, token):
            return
        if repo in hub.gated and token in hub.narrow:
            self._send(403, {"X-Error-Message": "Please enable access to public gated repositories in your settings"})
        elif repo in hub.gated and token not in hub.granted:
            self._send(403 if token else 401, {"X-Error-Code": "GatedRepo"})
        elif name not in hub.repositories[repo]:
            self._send(404, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT})
        else:
            self._deliver(hub.repositories[repo][name])

    def _is_there(self, repo: str, revision: str, token: str | None) -> bool:
        if repo not in self.hub.repositories:
            self._send(404 if token else 401, {"X-Error-Code": "RepoNotFound"})
            return False
        if revision not in ("main", "v1", COMMIT):
            self._send(404, {"X-Error-Code": "RevisionNotFound"})
            return False
        return True

    def _deliver(self, content: bytes) -> None:
        if len(content) < LARGE:
            self._send_file(content, {"X-Repo-Commit": COMMIT, "ETag": f'"{_git_hash(content)}"'})
            return
        digest = hashlib.sha256(content).hexdigest()
        headers = {"X-Repo-Commit": COMMIT, "ETag": f'"{digest}"'}
        # Another name of the same address is another host for the client: it must not get the token.
        storage = self.hub.endpoint.replace("127.0.0.1", "localhost")
        linked = {"X-Linked-Size": str(len(content)), "X-Linked-ETag": f'"{digest}"'}
        self._send(302, {**headers, **linked, "Location": f"{storage}/storage/{digest}"})

    def _send_file(self, content: bytes, headers: Mapping[str, str] | None = None) -> None:
        match = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers["Range"] or "")
        start = int(match[1]) if match else 0
        given = {**(headers or {}), "Accept-Ranges": "bytes"}
        if match:
            given["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        self._send(206 if match else 200, given, content[start:])

    def _send(self, status: int, headers: Mapping[str, str] | None = None, body: bytes = b"") -> None:
        if self.hub.echoes and status >= 400:
            message = f"refused: Authorization: {self.headers['Authorization']}"
            body = json.dumps({"error": message}).encode()
            headers = {"X-Error-Message": message, **(headers or {}), "Content-Type": "application/json"}
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        name = self.path.rpartition("/")[2]
        cut, stop = self.hub.cuts.pop(name, None), self.hub.stops.get(name)
        if stop is not None:
            start = re.match(r"bytes=(\d+)", self.headers["Range"] or "")
            cut = max(0, stop - int(start[1] if start else 0))
        self.wfile.write((bytes(len(body)) if name in self.hub.spoils else body)[:cut])
        if stop is not None:
            self.hub.released.wait()
        self.close_connection = self.close_connection or cut is not None


def _git_hash(content: bytes) -> str:
    """Return git's, and the hub's, hash of a small file."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def _sibling(name: str, content: bytes) -> dict[str, Any]:
    """Return a file as the hub lists it: large ones with the hash of their content and of their pointer."""
    about: dict[str, Any] = {"rfilename": name, "size": len(content), "blobId": _git_hash(content)}
    if len(content) >= LARGE:
        digest = hashlib.sha256(content).hexdigest()
        pointer = f"sha256:{digest} {len(content)}".encode()
        about |= {
            "blobId": _git_hash(pointer),
            "lfs": {"sha256": digest, "size": len(content), "pointerSize": len(pointer)},
        }
    return about


def _by_hash(repositories: Mapping[str, Mapping[str, bytes]], digest: str) -> bytes:
    contents = (content for files in repositories.values() for content in files.values())
    return next(content for content in contents if hashlib.sha256(content).hexdigest() == digest)


def connect(monkeypatch: pytest.MonkeyPatch, endpoint: str, home: Path) -> None:
    """Make the hub's client of this process use the hub at `endpoint`, a cache in `home`, and no token."""
    from huggingface_hub import constants, file_download

    from speakerplug import hub

    monkeypatch.setattr(constants, "ENDPOINT", endpoint)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", endpoint + "/{repo_id}/resolve/{revision}/{filename}")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(home / "hub"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(home / "token"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(file_download.time, "sleep", lambda seconds: None)  # it waits a second before a retry
    for name in hub.TOKEN_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    hub._answered.cache_clear()


def environment(endpoint: str, home: Path) -> dict[str, str]:
    """Return the variables that make another process do the same."""
    return {
        "HF_ENDPOINT": endpoint,
        "HF_HOME": str(home),
        **dict.fromkeys(("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HUGGINGFACE_TOKEN", "HF_HUB_OFFLINE"), ""),
    }
