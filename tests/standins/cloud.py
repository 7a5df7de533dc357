"""pyannoteAI's cloud on loopback: it behaves as the real one does, and can be made to fail."""

from __future__ import annotations

import io
import json
import threading
import wave
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.standins.server import serving

KEY = "sk_stands_in_for_a_key"
JOB = "3c8a89a5-stand-in"
SIGNATURE = "X-Signature=signed-for-you-alone"
BLOCK = 4096

OUTPUT = {
    "diarization": [
        {"start": 0.8, "end": 1.6, "speaker": "SPEAKER_01"},
        {"start": 0.0, "end": 1.0, "speaker": "SPEAKER_00"},
    ],
    "exclusiveDiarization": [
        {"start": 0.0, "end": 0.9, "speaker": "SPEAKER_00"},
        {"start": 0.9, "end": 1.6, "speaker": "SPEAKER_01"},
    ],
}


@dataclass
class StandInCloud:
    """Accepts uploads and jobs with a key in `keys`, and fails as set up.

    A job goes through `states`, one for each request, stays in the last, and has `output` at its end.
    `fails` are statuses by "METHOD /path", `stalls` is such a request that gets no response, `says` are bodies to
    return instead of the right ones. `cuts_bytes` interrupts uploads after that many bytes; `drops` interrupts this
    number of requests for a job.
    """

    keys: set[str] = field(default_factory=lambda: {KEY})
    states: tuple[str, ...] = ("created", "pending", "running", "succeeded")
    output: Any = field(default_factory=lambda: OUTPUT)
    fails: dict[str, int] = field(default_factory=dict)
    stalls: str | None = None
    says: dict[str, bytes] = field(default_factory=dict)
    cuts_bytes: int | None = None
    drops: int = 0
    asked: list[str] = field(default_factory=list)
    shown_keys: dict[str, str | None] = field(default_factory=dict)
    uploads: dict[str, bytes] = field(default_factory=dict)
    jobs: list[dict[str, Any]] = field(default_factory=list)
    endpoint: str = ""
    released: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def listening(self) -> Iterator[StandInCloud]:
        """Serve until the block ends, and release stalled requests then."""
        with serving(type("Handler", (_Handler,), {"cloud": self}), self.released) as self.endpoint:
            yield self

    @property
    def audio(self) -> npt.NDArray[np.int16]:
        """The samples of the only upload, which must be 16-bit mono audio at 16 kHz."""
        (content,) = self.uploads.values()
        with wave.open(io.BytesIO(content)) as file:
            assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 16_000)
            return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")


class _Handler(BaseHTTPRequestHandler):
    cloud: StandInCloud

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing on stderr."""

    def _answer(self) -> None:
        cloud, path = self.cloud, self.path.partition("?")[0]
        what = f"{self.command} {path.rpartition('/')[0] if path.startswith(('/jobs/', '/storage/')) else path}"
        cloud.asked.append(what)
        cloud.shown_keys[what] = key = self.headers["Authorization"]
        body = self._body(cloud.cuts_bytes if self.command == "PUT" else None)
        if what == cloud.stalls:
            cloud.released.wait()
        elif body is None:
            return  # the connection ends here, without a response
        elif what in cloud.fails:
            self._send(cloud.fails[what], b'{"message": "Not so."}\nand more')
        elif what in cloud.says:
            self._send(200, cloud.says[what])
        elif self.command == "PUT":
            cloud.uploads[path.rpartition("/")[2]] = body
            self._send(200, b"")
        elif key not in {f"Bearer {known}" for known in cloud.keys}:
            self._send(401, b'{"message": "Unauthorized"}')
        else:
            self._serve(what, json.loads(body or b"{}"))

    def _body(self, most: int | None) -> bytes | None:
        """Return the body of the request; None if it was interrupted."""
        size, read = int(self.headers["Content-Length"] or 0), b""
        while len(read) < size:
            if most is not None and len(read) >= most:
                return None
            read += self.rfile.read(min(BLOCK, size - len(read)))
        return read

    def _serve(self, what: str, body: Mapping[str, Any]) -> None:
        cloud = self.cloud
        if what == "GET /test":
            self._say({"status": "OK"})
        elif what == "POST /media/input":
            assert body["url"].startswith("media://")
            name = body["url"].rpartition("/")[2]
            self._say({"url": f"{cloud.endpoint}/storage/{name}?{SIGNATURE}"})
        elif what == "POST /diarize":
            assert body["url"].rpartition("/")[2] in cloud.uploads
            cloud.jobs.append(dict(body))
            self._say({"jobId": JOB, "status": "created"})
        elif what == "GET /jobs":
            self._tell()
        else:
            self._send(404, b"{}")

    def _tell(self) -> None:
        cloud = self.cloud
        if cloud.drops:
            cloud.drops -= 1
            return
        state = cloud.states[0]
        cloud.states = cloud.states[1:] or cloud.states
        ended = {"output": cloud.output} if state in ("succeeded", "failed", "canceled") else {}
        self._say({"jobId": JOB, "status": state, **ended})

    def _say(self, answer: Any) -> None:
        self._send(200, json.dumps(answer).encode())

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def connect(monkeypatch: pytest.MonkeyPatch, cloud: StandInCloud, key: str = KEY) -> None:
    """Make pyannoteAI's SDK in this process use this cloud, with `key`."""
    from pyannoteai.sdk import Client

    monkeypatch.setattr(Client, "API_URL", cloud.endpoint)
    monkeypatch.setenv("PYANNOTEAI_API_KEY", key)
