"""pyannoteAI's cloud through its own SDK: each request can be left, and every failure is in plain words."""

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
"""Seconds without an answer, or without a byte of an upload moving, after which the service counts as silent."""
TRIES = 5
"""How often one job may be asked for in spite of errors that pass."""


class CloudService:
    """The service, for one key; made when it has accepted the key.

    `host` is its name. Everything raises ModelError that says what to do, and what `progress` raises.
    """

    def __init__(self, key: str, progress: Progress) -> None:
        self._key = key
        warnings.filterwarnings("ignore", module=r"pyannoteai\b")  # its advice for those who build services

        def connecting() -> None:
            """Nothing to count: the place where it is told to stop."""
            progress("pyannoteAI", 0.0, 1.0)

        client_class = _watched_client()
        self.host = urlsplit(client_class.API_URL).hostname
        with self._explaining(explained):
            self._client = CancellableCall().run(lambda: client_class(key), connecting, ANSWER_S)
        progress("pyannoteAI", 1.0, 1.0)

    def upload(self, sound: Path, progress: Progress) -> str:
        """Upload a file under a name that tells nothing; the address under which jobs find it."""
        upload, total, sent = CancellableCall(), sound.stat().st_size, 0
        media = f"media://speakerplug/{uuid.uuid4().hex}.wav"

        def moving(completed: int, total: int) -> None:
            """Told by the SDK before each block."""
            nonlocal sent
            upload.moved()
            sent = completed

        def poll() -> None:
            progress("upload", float(sent), float(total))

        with self._explaining(lambda error: upload_explained(error, sent)):
            return str(upload.run(lambda: self._client.upload(sound, media, callback=moving), poll, ANSWER_S))

    def start(self, media: str, request: DiarizationRequest, progress: Progress) -> str:
        """Ask for the diarization of what was uploaded; the id of the job."""

        def call() -> str:
            """The SDK's request."""
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
            return CancellableCall().run(call, lambda: progress("job created", 0.0, 1.0), ANSWER_S)

    def wait(self, job: str, limit_s: float, poll_s: float, progress: Progress) -> Any:
        """What a job has put out, when it has ended; it is given `limit_s` seconds and asked for every `poll_s`."""
        waiting, states = CancellableCall(), _States(progress)

        def heard(state: str) -> None:
            waiting.moved()
            states.current = state

        def call() -> Any:
            """The SDK's requests, again where an error may pass."""
            self._client.heard = heard
            tries = 1
            while True:
                try:
                    return self._client.retrieve(job, every_seconds=poll_s)["output"]
                except Exception as error:
                    if tries == TRIES or not _may_pass(error):
                        raise
                tries += 1
                waiting.moved()
                time.sleep(poll_s)

        with self._explaining(lambda error: job_explained(error, job, states.current, limit_s)):
            return waiting.run(call, states.report, poll_s + ANSWER_S, limit_s)

    @contextmanager
    def _explaining(self, explain: Callable[[Exception], ModelError | None]) -> Iterator[None]:
        """Turn what the SDK raises into an error for people; the key is in neither."""
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
    """The states that a job goes through, each a step of the progress."""

    def __init__(self, progress: Progress) -> None:
        self.current = self._shown = "created"
        self._progress = progress

    def report(self) -> None:
        """Say the present state, and that the one before is over."""
        if self.current != self._shown:
            self._progress(f"job {self._shown}", 1.0, 1.0)
            self._shown = self.current
        self._progress(f"job {self._shown}", float(self._shown == "succeeded"), 1.0)


def _may_pass(error: Exception) -> bool:
    """Whether asking again may help: the network, an overloaded service."""
    import requests

    status = getattr(getattr(error, "response", None), "status_code", 0)
    return isinstance(error, (requests.ConnectionError, requests.Timeout)) or status == 429 or status >= 500


@functools.lru_cache(maxsize=1)
def _watched_client() -> Any:
    """The SDK's client, which tells the state of a job each time it asks for it."""
    try:
        from pyannoteai.sdk import Client
    except ImportError as error:
        raise ModelError("pyannoteAI's SDK is missing; install it with: pip install pyannoteai-sdk.") from error

    class WatchedClient(Client):  # type: ignore[misc]
        heard: Callable[[str], None] | None = None

        # Were it called otherwise in another version, only the states would be missing.
        def _authenticated_get(self, route: str) -> Any:
            response = super()._authenticated_get(route)
            if self.heard is not None:
                self.heard(str(response.json()["status"]))
            return response

    return WatchedClient
