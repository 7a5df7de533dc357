"""For a host that keeps its own recognizer: diarization in the background, speakers for the host's words."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..media.recording import Source
from ..recognizers.words import words_of
from ..transcript import Diarization, Transcript
from ..waveform import Waveform
from .forks import Birthplace
from .transcriber import Transcriber


class BackgroundDiarization:
    """The speakers of one recording, while they are being found: `samples` for the host, `label` for its words."""

    def __init__(self, transcriber: Transcriber, waveform: Waveform) -> None:
        self._transcriber = transcriber
        self._diarization: Future[Diarization] = Future()
        self._birthplace = Birthplace()
        self.waveform = waveform
        # A daemon: a host that is interrupted must not wait for it at exit.
        threading.Thread(target=self._run, name="speakerplug-diarization", daemon=True).start()

    @property
    def samples(self) -> NDArray[np.float32]:
        """The decoded sound, shape (n,), 16 kHz mono float32: give it to the recognizer instead of the file."""
        return self.waveform.samples

    @property
    def diarization(self) -> Diarization:
        """Who speaks when; waits until it is known. Raises what went wrong in the background.

        In a forked process it would wait for ever, so there it raises UsageError.
        """
        self._birthplace.insist("diarization")
        return self._diarization.result()

    def label(self, segments: Iterable[Any], language: str | None = None) -> Transcript:
        """The transcript of faster-whisper's segments, each word with its speaker.

        `segments` may be the generator that `WhisperModel.transcribe` returns: it is read to its end here, on
        the caller's thread, while the diarization goes on.
        """
        self._birthplace.insist("diarization")
        heard = self._transcriber.heard_elsewhere(self.waveform, words_of(segments), language)
        return self._transcriber.attributed(self.waveform, heard, self.diarization)

    def _run(self) -> None:
        try:
            self._diarization.set_result(self._transcriber.diarize(self.waveform))
        except BaseException as error:
            self._diarization.set_exception(error)


@contextmanager
def diarizing(source: Source, **options: Any) -> Iterator[BackgroundDiarization]:
    """Start finding out who speaks, in the background, while the host recognizes the words itself.

    `source` and options as for `transcribe`. What goes wrong in the background is raised where its result is
    asked for.
    """
    with Transcriber(**options) as transcriber:
        speakers = BackgroundDiarization(transcriber, transcriber.waveform(source))
        try:
            yield speakers
        finally:
            transcriber.stop()  # whoever leaves without its result does not wait for it
