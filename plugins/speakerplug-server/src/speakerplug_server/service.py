"""The work of a request: it waits in line, is transcribed in a thread, and is canceled when its client has gone."""

from __future__ import annotations

import asyncio
import io
import logging
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import PurePath
from typing import IO, cast

from starlette.datastructures import UploadFile
from starlette.types import Receive

from speakerplug import Recording, Transcriber
from speakerplug.hosts.in_thread import in_thread
from speakerplug.plugin import Cancelled, ProgressEvent, Transcript

from .faults import TooLongError, stopping
from .line import Line
from .metrics import Metrics
from .openai_formats import Formats
from .requested import Transcribers, Wanted
from .settings import Settings
from .uploads import RawAudio

log = logging.getLogger(__name__)

NAME = "The upload"
"""What messages call a recording: its name would be in the log, and is the client's own."""
SECONDS_OF_HOUR = 3600.0

OnWords = Callable[[Transcript], None]
"""Called once in the thread of the work, with the words and no speakers, when recognition has ended."""


class ClientGone(Exception):  # noqa: N818 - no error of ours
    """The client closed its connection before there was an answer."""


@dataclass
class Service:
    """What all requests share."""

    settings: Settings
    transcribers: Transcribers
    formats: Formats
    line: Line
    metrics: Metrics
    running: threading.Event | None = None
    """Cancels the request that runs."""

    async def stop(self) -> None:
        """Refuse what waits; cancel what still runs after the time of grace."""
        self.line.stop()
        await asyncio.sleep(self.settings.grace_s)
        if self.running is not None:
            self.running.set()

    async def transcribe(
        self,
        upload: UploadFile,
        wanted: Wanted,
        *,
        is_raw: bool = False,
        is_patient: bool = False,
        on_words: OnWords | None = None,
    ) -> Transcript:
        """Return the transcript of an upload, when it is its turn. Raises Fault and SpeakerPlugError.

        Once this is cancelled, the work ends within two seconds.
        """
        transcriber, cancel = self.transcribers.for_request(wanted), threading.Event()  # refused before the wait
        progress = self._progress(transcriber, on_words)

        def work() -> Transcript:
            """Transcribe in a thread."""
            file = cast(IO[bytes], upload.file)
            source = cast(IO[bytes], io.BufferedReader(RawAudio(file))) if is_raw else file
            return transcriber.transcribe(Recording.of(source, name=NAME), progress=progress, cancel=cancel)

        async with self.line.turn(is_patient):
            self.running = cancel
            try:
                transcript = await in_thread(work, cancel)
            except Cancelled:
                raise stopping() from None
            finally:
                self.running = None
        self.metrics.transcribed(seconds_of(transcript))
        return transcript

    def _progress(self, transcriber: Transcriber, on_words: OnWords | None) -> Callable[[ProgressEvent], None]:
        """Return what sees the progress of a request: it counts, and passes the words on once they are there."""
        waiting = [] if on_words is None else [on_words]

        def progress(event: ProgressEvent) -> None:
            """Refuse what is too long; called from any thread of the work."""
            self._refuse_too_long(event)
            self.metrics.count(event)
            if waiting and (words := transcriber.partial) is not None:
                with suppress(IndexError):  # another thread was first
                    waiting.pop()(words)

        return progress

    def _refuse_too_long(self, event: ProgressEvent) -> None:
        """Raise TooLongError while decoding shows that the recording is longer than allowed."""
        if event.stage != "decoding":
            return
        seconds = max(event.completed, event.total)
        if seconds > self.settings.max_hours * SECONDS_OF_HOUR:
            raise TooLongError(f"The recording is longer than {self.settings.max_hours:g} hours; send a part of it.")


def seconds_of(transcript: Transcript) -> float:
    """Return the length of the audio that was transcribed, which may be a part."""
    media = transcript.media
    end = media.duration if media.end is None else media.end
    return round(end - (media.start or 0.0), 3)


def file_name(upload: UploadFile) -> str:
    """Return the name of an upload without any folder; it is never opened."""
    return PurePath((upload.filename or "").replace("\\", "/")).name or "audio"


@asynccontextmanager
async def watched(receive: Receive) -> AsyncIterator[asyncio.Event]:
    """Yield an event that is set, and cancel the task of the block, when the client goes; then raise ClientGone."""
    gone, task = asyncio.Event(), asyncio.current_task()
    assert task is not None

    async def watch() -> None:
        """Wait for the end of the connection."""
        while (await receive())["type"] != "http.disconnect":
            pass
        gone.set()
        task.cancel()

    watcher = asyncio.ensure_future(watch())
    try:
        yield gone
    except asyncio.CancelledError:
        if not gone.is_set():
            raise
        if hasattr(task, "uncancel"):  # Python 3.11
            task.uncancel()
        raise ClientGone from None
    finally:
        watcher.cancel()
