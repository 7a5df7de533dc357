"""pyannoteAI's cloud through its own SDK: each request can be canceled, and every error is user-facing."""

from __future__ import annotations

import functools
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from speakerplug.plugin import DiarizationRequest, ModelError, Progress, SpeakerPlugError

from .cancellable import CancellableCall
from .errors import explained, job_explained, upload_explained, without_secrets
from .names import MODEL

ANSWER_S = 60.0
"""Timeout of a response, or of an upload without progress."""
TRIES = 5
"""Number of attempts to retrieve a job in spite of transient errors."""


class CloudService:
    """A connection to the service, which has accepted the key; `host` is its name.

    All methods raise ModelError with a hint, and whatever `progress` raises.
    """

    def __init__(self, key: str, progress: Progress) -> None:
        self._key = key
        warnings.filterwarnings("ignore", module=r"pyannoteai\b")  # advice for operators of services

        def connecting() -> None:
            progress("pyannoteAI", 0.0, 1.0)

        client_class = _watched_client()
        self.host = urlsplit(client_class.API_URL).hostname
        with self._explaining(explained):
            self._client = CancellableCall().run(lambda: client_class(key), connecting, ANSWER_S)
        progress("pyannoteAI", 1.0, 1.0)

    def upload(self, audio: Path, progress: Progress) -> str:
        """Upload a file under a random name, and return its URL for jobs."""
        upload, total, sent = CancellableCall(), audio.stat().st_size, 0
        media = f"media://speakerplug/{uuid.uuid4().hex}.wav"

        def _moving(completed: int, total: int) -> None:
            nonlocal sent
            upload.moved()
            sent = completed

        def poll() -> None:
            progress("upload", float(sent), float(total))

        with self._explaining(lambda error: upload_explained(error, sent)):
            return str(upload.run(lambda: self._client.upload(audio, media, callback=_moving), poll, ANSWER_S))

    def start(self, media: str, request: DiarizationRequest, progress: Progress) -> str:
        """Start the diarization of an uploaded file, and return the id of the job."""

        def _call() -> str:
            return str(
                self._client.diarize(
                    media,
                    num_speakers=request.num_speakers,
                    min_speakers=request.min_speakers,
                    max_speakers=request.max_speakers,
                    exclusive=True,
                    model=MODEL,
                )
            )

        with self._explaining(explained):
            return CancellableCall().run(_call, lambda: progress("job created", 0.0, 1.0), ANSWER_S)

    def wait(self, job: str, limit_s: float, poll_s: float, progress: Progress) -> Any:
        """Wait for a job, up to `limit_s` seconds with a request every `poll_s`, and return its output."""
        waiting, states = CancellableCall(), _States(progress)

        def on_state(state: str) -> None:
            waiting.moved()
            states.current = state

        def call() -> Any:
            """Retrieve the job, again after a transient error."""
            self._client.on_state = on_state
            tries = 1
            while True:
                try:
                    return self._client.retrieve(job, every_seconds=poll_s)["output"]
                except Exception as error:
                    if tries == TRIES or not _is_transient(error):
                        raise
                tries += 1
                waiting.moved()
                time.sleep(poll_s)

        with self._explaining(lambda error: job_explained(error, job, states.current, limit_s)):
            return waiting.run(call, states.report, poll_s + ANSWER_S, limit_s)

    @contextmanager
    def _explaining(self, explain: Callable[[Exception], ModelError | None]) -> Iterator[None]:
        """Turn what the SDK raises inside the block into a user-facing error, without the key in either."""
        try:
            yield
        except SpeakerPlugError:
            raise
        except Exception as error:
            said = explain(error)
            if said is None:
                raise
            raise said from without_secrets(error, self._key)


class _States:
    """The states of a job, each reported as a step of the progress."""

    def __init__(self, progress: Progress) -> None:
        self.current = self._shown = "created"
        self._progress = progress

    def report(self) -> None:
        """Report the current state, and the end of the previous one."""
        if self.current != self._shown:
            self._progress(f"job {self._shown}", 1.0, 1.0)
            self._shown = self.current
        self._progress(f"job {self._shown}", float(self._shown == "succeeded"), 1.0)


def _is_transient(error: Exception) -> bool:
    """Return whether a retry may help: a network error, or an overloaded service."""
    import requests

    status = getattr(getattr(error, "response", None), "status_code", 0)
    return isinstance(error, (requests.ConnectionError, requests.Timeout)) or status == 429 or status >= 500


@functools.lru_cache(maxsize=1)
def _watched_client() -> Any:
    """Return the SDK's client class, extended to report the state of a job after each request."""
    try:
        from pyannoteai.sdk import Client
    except ImportError as error:
        raise ModelError("pyannoteAI's SDK is missing; install it with: pip install pyannoteai-sdk.") from error

    class WatchedClient(Client):  # type: ignore[misc]
        on_state: Callable[[str], None] | None = None

        # If another version of the SDK renames this method, only the states are missing.
        def _authenticated_get(self, route: str) -> Any:
            response = super()._authenticated_get(route)
            if self.on_state is not None:
                self.on_state(str(response.json()["status"]))
            return response

    return WatchedClient
