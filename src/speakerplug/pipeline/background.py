"""For a host that keeps its own recognizer: diarization in the background, speakers for the host's words."""

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
from ..media.recording import Recording, Source
from ..plugin.validation import admitted_diarization, admitted_words
from ..system.progress import Report
from ..transcript import Diarization, Transcript, Turn, Word
from ..waveform import Waveform
from . import assemble
from .concurrent import Birthplace, begun
from .transcriber import Transcriber

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .options import TranscribeOptions


class BackgroundDiarization:
    """The speakers of one recording, while they are found: `samples` for the host, `attribute` for its words.

    The `transcriber` may serve other recordings at the same time. Raises what its `diarize` does of the recording.
    """

    def __init__(
        self,
        transcriber: Transcriber,
        source: Source,
        *,
        progress: Report | None = None,
        cancel: threading.Event | None = None,
    ) -> None:
        self._stages = transcriber._begin(source, progress, cancel)
        self._birthplace = Birthplace()
        self.waveform: Waveform = self._stages.run.do(lambda: self._stages.mono(Recording.of(source)))
        diarized = partial(assemble.diarize, self._stages, self.waveform)
        self._diarization = begun(partial(self._stages.run.do, diarized), "speakerplug-diarization")

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

    def attribute(self, words: Any, language: str | None = None) -> Transcript:
        """Return the transcript of the words that the host recognized, each with its speaker.

        `words` are whatever `words_of` takes, such as the generator that faster-whisper's `transcribe` returns: it is
        read to its end here, on the caller's thread, while the diarization goes on. Raises what went wrong in the
        background, and UsageError for what are no words.
        """
        self._birthplace.insist("diarization")
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
    """Start finding out who speaks, in the background, while the host recognizes the words itself.

    Arguments as for `transcribe`. What goes wrong in the background, Cancelled too, is raised where its result is asked
    for.
    """
    with Transcriber(**options) as transcriber:
        speakers = BackgroundDiarization(transcriber, source, progress=progress, cancel=cancel)
        try:
            yield speakers
        finally:
            speakers._stages.run.stop()  # whoever leaves without its result does not wait for it


def attribute(words: Any, diarization: Diarization | Iterable[Turn]) -> tuple[Word, ...]:
    """Give each word its speaker: words that something recognized, a diarization that something made.

    `words` are whatever `words_of` takes; all come back, in their order. `diarization` may be regular turns alone,
    which may overlap. docs/explanation/attribution.md says what a word tells of how it was decided. Raises
    UsageError for what are no words, or no turns.
    """
    given = words_of(words)
    if not isinstance(diarization, Diarization):
        if isinstance(diarization, (str, bytes)) or not isinstance(diarization, Iterable):
            raise UsageError(f"diarization is {shown(diarization)}; it must be a Diarization or several Turn.")
        diarization = Diarization(tuple(diarization))
    try:
        return attribute_words(admitted_words(given, "The words"), admitted_diarization(diarization, "The diarization"))
    except (TypeError, ValueError) as error:
        raise UsageError(f"Speakers cannot be given: {error}; give Words, and Turns or a Diarization.") from error
