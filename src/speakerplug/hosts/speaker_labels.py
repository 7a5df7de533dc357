"""Who says each word of a recognizer that yields segments: what streams, and what waits for the diarization."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..attribution.incremental import IncrementalAttribution
from ..pipeline.options import Options
from ..pipeline.transcriber import Transcriber
from ..plugin.roles import DiarizationRequest, Diarizer
from ..system.threads import started
from ..transcript import Diarization, Word

Speakers = list[str | None]


class SpeakerLabels:
    """The diarizer of a host: loaded when it is first used, kept for the next recording, and shared by all threads.

    `options` are those of `speakerplug.Options`. Raises UsageError for an invalid one.
    """

    def __init__(self, diarizer: str | Diarizer = "auto", options: Mapping[str, Any] | None = None) -> None:
        self._options = Options(**{"diarizer": diarizer, **(options or {}), "recognizer": None})
        self._lock = threading.Lock()
        self._transcriber: Transcriber | None = None

    def labeled(
        self,
        segments: Iterable[Any],
        samples: NDArray[Any],
        request: DiarizationRequest,
        as_wholes: bool = False,
    ) -> Generator[tuple[Any, Speakers], None, None]:
        """Yield each segment of a recognizer and the speakers of its words, one for all if it has no word times.

        The diarization of `samples` (16 kHz mono) starts with the iteration, and is stopped when that is left. Segments
        are read on the caller's thread, and kept until it is known who speaks when; from then on each comes when no
        later word can change its speakers. With `as_wholes` a segment has one speaker. Raises what the diarization
        raises, as soon as the segment is there that is being recognized then; nothing where there is no segment.
        """
        cancel = threading.Event()
        source = iter(segments)
        turns = started(partial(self._diarize, samples, request, cancel), "diarization")
        try:
            kept: deque[Any] = deque()
            for segment in source:
                kept.append(segment)
                if turns.done():
                    break
            if kept:
                yield from _attributed(chain(_emptied(kept), source), turns.result(), as_wholes)
        finally:
            cancel.set()
            if hasattr(source, "close"):
                source.close()

    def close(self) -> None:
        """Unload the diarizer; the next call loads it again."""
        with self._lock:
            transcriber, self._transcriber = self._transcriber, None
        if transcriber is not None:
            transcriber.close()

    def _diarize(self, samples: NDArray[Any], request: DiarizationRequest, cancel: threading.Event) -> Diarization:
        with self._lock:
            if self._transcriber is None:
                self._transcriber = Transcriber(self._options)
            transcriber = self._transcriber
        return transcriber.diarize(np.asarray(samples, dtype=np.float32), request=request, cancel=cancel)


def _emptied(kept: deque[Any]) -> Iterator[Any]:
    while kept:
        yield kept.popleft()


def _attributed(segments: Iterable[Any], diarization: Diarization, as_wholes: bool) -> Iterator[tuple[Any, Speakers]]:
    """Yield the segments in order, each with the speakers of its words, as soon as they are certain."""
    attribution = IncrementalAttribution(diarization)
    waiting: deque[tuple[Any, int]] = deque()
    decided: deque[Word] = deque()

    def complete() -> Iterator[tuple[Any, Speakers]]:
        """Yield the segments whose words all have their speakers."""
        while waiting and len(decided) >= waiting[0][1]:
            segment, count = waiting.popleft()
            yield segment, [decided.popleft().speaker for _ in range(count)]

    for segment in segments:
        words = _words(segment, as_wholes)
        waiting.append((segment, len(words)))
        decided.extend(attribution.add(words))
        yield from complete()
    decided.extend(attribution.finish())
    yield from complete()


def _words(segment: Any, as_whole: bool) -> Sequence[Word]:
    """Return the words of a segment, one for each of its own; the segment itself as a word if it has none."""
    if as_whole or not segment.words:
        return [_word(segment.text, segment.start, segment.end)]
    first, *others = segment.words
    joined = [not word.word[:1].isspace() for word in others]
    return [
        _word(word.word, word.start, word.end, is_joined)
        for word, is_joined in zip([first, *others], [False, *joined], strict=True)
    ]


def _word(text: str, start: float, end: float, joined: bool = False) -> Word:
    return Word(text.strip(), float(start), max(float(start), float(end)), joined=joined)
