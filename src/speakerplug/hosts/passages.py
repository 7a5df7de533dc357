"""What each speaker says, as passages with times: the documents of programs that search and retrieve text."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any, Literal

from ..attribution.sentence import ends_sentence
from ..errors import UsageError, insist, shown, suggested
from ..formats import txt
from ..formats.fields import speaker_names
from ..formats.segments import shown_words
from ..media.recording import Source
from ..pipeline.options import Options
from ..pipeline.transcriber import Transcriber
from ..plugin.manager import Plugins
from ..system.progress import Report
from ..transcript import Transcript, Word, text_of
from .in_thread import in_thread

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..pipeline.options import TranscribeOptions

By = Literal["turn", "paragraph", "recording"]
BY: tuple[By, ...] = ("turn", "paragraph", "recording")
_STARTING = threading.Lock()
"""Held while a reader's models are chosen; not the reader's own, so that readers can be sent to other processes."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Text of one speaker, `start` to `end` in seconds, in the recording `source`.

    `speaker` is the display name, None where nobody is known. A whole recording has the names of all its speakers,
    separated by commas, and its text has a paragraph `Name: text` for each of their turns.
    """

    text: str
    start: float
    end: float
    speaker: str | None = None
    source: str = ""
    language: str | None = None

    @property
    def metadata(self) -> dict[str, Any]:
        """All but the text, without what is unknown: texts and numbers alone, as databases of vectors want them."""
        known = {"source": self.source, "start": self.start, "end": self.end}
        return {**known, **{key: each for key in ("speaker", "language") if (each := getattr(self, key)) is not None}}


class PassageReader:
    """Transcribe recordings into passages, with models that are loaded when they are first used, and kept.

    By "turn" a passage is all that a speaker says until another one does; by "paragraph" a longer one is divided at
    ends of sentences, so that each part has at most `max_chars` characters unless one sentence has more; by "recording"
    it is all of it. Options by keyword as in `Options`; `progress` and `cancel` as for `Transcriber.transcribe`. Any
    number of threads may read. Raises UsageError for invalid options.
    """

    def __init__(
        self,
        by: By = "turn",
        *,
        max_chars: int = 1000,
        progress: Report | None = None,
        cancel: threading.Event | None = None,
        plugins: Plugins | None = None,
        **options: Unpack[TranscribeOptions],
    ) -> None:
        if by not in BY:
            raise UsageError(f"by is {shown(by)}; {suggested(by, BY)}")
        insist("max_chars", max_chars, int, "a number of characters")
        if max_chars < 1:
            raise UsageError(f"max_chars is {max_chars}; a passage has at least one character.")
        self.by, self.max_chars = by, max_chars
        self._progress, self._cancel, self._plugins = progress, cancel, plugins
        self._options = Options(**options)
        if self._options.recognizer is None:
            raise UsageError("Without a recognizer there are no passages; leave recognizer=None out.")
        self._transcriber: Transcriber | None = None

    def read(self, source: Source, *, cancel: threading.Event | None = None) -> list[Passage]:
        """Return the passages of a recording, none where nobody speaks. Raises what `Transcriber.transcribe` does."""
        with _STARTING:
            if self._transcriber is None:
                self._transcriber = Transcriber(self._options, plugins=self._plugins)
            transcriber = self._transcriber
        transcript = transcriber.transcribe(source, progress=self._progress, cancel=cancel or self._cancel)
        name = os.fsdecode(source) if isinstance(source, (str, os.PathLike)) else transcript.media.file
        return passages_of(transcript, self.by, max_chars=self.max_chars, source=name)

    async def aread(self, source: Source) -> list[Passage]:
        """Return what `read` does, from a thread, so that the event loop goes on.

        Once the task is canceled, the work ends, within two seconds, and then the task.
        """
        cancel = threading.Event()
        return await in_thread(partial(self.read, source, cancel=cancel), cancel)

    def close(self) -> None:
        """Unload the models, once they are not in use; the next recording loads them again."""
        with _STARTING:
            transcriber, self._transcriber = self._transcriber, None
        if transcriber is not None:
            transcriber.close()

    def __getstate__(self) -> dict[str, Any]:
        """Return what another process needs to read with models of its own."""
        return {**vars(self), "_transcriber": None, "_cancel": None}


def passages_of(
    transcript: Transcript, by: By = "turn", *, max_chars: int = 1000, source: str | None = None
) -> list[Passage]:
    """Return the passages of a transcript, as `PassageReader` makes them; `source` is by default its file's name."""
    words = shown_words(transcript)
    source = transcript.media.file if source is None else source
    name_of = speaker_names(transcript)
    if by == "recording":
        text, names = txt.write(transcript).strip(), dict.fromkeys(name_of(word.speaker) for word in words)
        return [_passage(words, text, ", ".join(filter(None, names)), source, transcript)] if words else []
    passages = []
    for speaker, group in groupby(words, key=lambda word: word.speaker):
        turn = list(group)
        for part in _paragraphs(turn, max_chars, transcript.language) if by == "paragraph" else [turn]:
            passages.append(_passage(part, text_of(part), name_of(speaker), source, transcript))
    return passages


def _passage(words: Sequence[Word], text: str, speaker: str, source: str, transcript: Transcript) -> Passage:
    start, end = words[0].start or 0.0, max(word.end or 0.0 for word in words)
    return Passage(text, start, end, speaker or None, source, transcript.language)


def _paragraphs(words: Sequence[Word], max_chars: int, language: str | None) -> Iterator[list[Word]]:
    """Yield the words of a turn in as few parts as fit, each of whole sentences."""
    part: list[Word] = []
    for sentence in _sentences(words, language):
        if part and len(text_of([*part, *sentence])) > max_chars:
            yield part
            part = []
        part = [*part, *sentence]
    yield part


def _sentences(words: Sequence[Word], language: str | None) -> Iterator[list[Word]]:
    first = 0
    for number, (word, following) in enumerate(pairwise(words), 1):
        if ends_sentence(word.text, following.text, language):
            yield list(words[first:number])
            first = number
    yield list(words[first:])
