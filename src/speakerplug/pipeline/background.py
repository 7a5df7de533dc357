"""Diarize in the background for a host with its own recognizer, then give the host's words their speakers."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..attribution.attribute import attribute as attribute_words
from ..errors import UsageError, shown
from ..formats.objects import words_of
from ..media.recording import Source
from ..media.waveform import Waveform
from ..plugin.validation import admitted_diarization, admitted_words
from ..system.progress import Report
from ..system.threads import started
from ..transcript import Diarization, Transcript, Turn, Word
from . import assemble
from .concurrent import ForkGuard
from .transcriber import Transcriber

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .options import TranscribeOptions


class BackgroundDiarization:
    """Diarize one recording in the background: `samples` are for the host, `attribute` is for its words.

    The `transcriber` may serve other recordings at the same time. Raises what its `diarize` raises for the recording.
    """

    def __init__(
        self,
        transcriber: Transcriber,
        source: Source,
        *,
        progress: Report | None = None,
        cancel: threading.Event | None = None,
    ) -> None:
        transcriber._insist_on_whole("diarizing")
        self._stages = transcriber._begin(source, progress, cancel)
        self._fork_guard = ForkGuard()
        stages = self._stages
        self.waveform: Waveform = stages.run.do(lambda: stages.mono(assemble.recording_of(stages, source)))
        diarized = partial(assemble.diarize, self._stages, self.waveform)
        self._diarization = started(partial(self._stages.run.do, diarized), "diarization")

    @property
    def samples(self) -> NDArray[np.float32]:
        """The decoded audio, shape (n,), 16 kHz mono float32: pass it to the recognizer instead of the file."""
        return self.waveform.samples

    @property
    def diarization(self) -> Diarization:
        """Who speaks when; blocks until it is known, and raises what failed in the background.

        Raises UsageError in a forked process, where it would block forever.
        """
        self._fork_guard.insist("diarization")
        return self._diarization.result()

    def attribute(self, words: Any, language: str | None = None) -> Transcript:
        """Return the transcript of the words that the host recognized, each with its speaker.

        `words` are anything that `words_of` takes, such as the generator that faster-whisper's `transcribe` returns: it
        is read to its end here, on the caller's thread, while the diarization continues. Raises what failed in the
        background, and UsageError for anything that is not words.
        """
        self._fork_guard.insist("diarization")
        recognition = assemble.recognition_of(words, language, self.waveform)
        turns = self.diarization
        return self._stages.run.do(partial(assemble.attribute_words, self._stages, self.waveform, recognition, turns))


@contextmanager
def diarizing(
    source: Source,
    *,
    progress: Report | None = None,
    cancel: threading.Event | None = None,
    **options: Unpack[TranscribeOptions],
) -> Iterator[BackgroundDiarization]:
    """Start diarizing in the background while the host recognizes the words itself.

    Arguments as for `transcribe`. Errors in the background, Cancelled too, are raised when its result is requested.
    """
    with Transcriber(**options) as transcriber:
        speakers = BackgroundDiarization(transcriber, source, progress=progress, cancel=cancel)
        try:
            yield speakers
        finally:
            speakers._stages.run.stop()  # leaving the block without the result does not wait for it


def attribute(words: Any, diarization: Diarization | Iterable[Turn]) -> tuple[Word, ...]:
    """Give each word its speaker, from any recognizer's words and any diarizer's turns.

    `words` are anything that `words_of` takes; all are returned, in order. `diarization` may be regular turns alone,
    which may overlap. docs/explanation/attribution.md explains the fields that say how a speaker was decided. Raises
    UsageError for anything that is not words, or not turns.
    """
    given = words_of(words)
    if not isinstance(diarization, Diarization):
        if isinstance(diarization, (str, bytes)) or not isinstance(diarization, Iterable):
            raise UsageError(f"diarization is {shown(diarization)}; it must be a Diarization or several Turn.")
        diarization = Diarization(tuple(diarization))
    try:
        return attribute_words(admitted_words(given, "The words"), admitted_diarization(diarization, "The diarization"))
    except (TypeError, ValueError) as error:
        raise UsageError(f"Speakers cannot be assigned: {error}; give Words, and Turns or a Diarization.") from error
