"""Voice activity detection with faster-whisper's Silero VAD: once for each waveform and threshold.

In chunks, because the detector copies its input.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from .waveform import SAMPLE_RATE, Samples, Waveform

if TYPE_CHECKING:
    from ..system.progress import Progress

Span = tuple[float, float]

CHUNK_S = 1200.0
"""Seconds of audio per call of the detector."""
OVERLAP_S = 20.0
"""Seconds that two chunks share, so that the recurrent detector can settle."""
SETTLE_S = 1.0
"""Seconds before and after an excerpt, which are enough to settle."""
GLANCE_S = 60.0
SILENT = 1e-4
"""Peak of audio that is silent: -80 dB of full scale."""
MAX_SEGMENT_S = 29.2
"""Maximum seconds of a speech segment: with a little silence on either side it fits into Whisper's window of 30 s."""

CLEAR, FAINT = 0.5, 0.25
"""Thresholds of the probability that a frame is speech: Silero's own, and that of recognition, which loses what is left
out. With it the open recordings have 623 s of speech, not 583, 1.8 s of them (not 0.3) away from any annotated word."""

Detect = Callable[[Samples], Iterable[Span]]


class _Speech:
    """The speech segments of one waveform by threshold, once they have been detected; `lock` is held meanwhile."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.segments: dict[float, tuple[Span, ...]] = {}


_known: WeakKeyDictionary[Waveform, _Speech] = WeakKeyDictionary()
_known_lock = Lock()


def speech_in(waveform: Waveform, progress: Progress | None = None, threshold: float = CLEAR) -> Sequence[Span]:
    """Return the speech segments (start, end in seconds) of a waveform, in order, of at most `MAX_SEGMENT_S`.

    Pauses of less than 0.16 s are part of a segment. The first thread that asks for a waveform detects them, the others
    wait for its result. `progress` is called as `progress("speech", seconds_done, seconds_total)` after each chunk of a
    long recording; if it raises, the next one that asks detects them.
    """
    with _known_lock:
        speech = _known.setdefault(waveform, _Speech())
    with speech.lock:
        if threshold not in speech.segments:
            detect = partial(_detect, threshold=threshold)
            speech.segments[threshold] = tuple(joined(waveform, detect, progress))
        return speech.segments[threshold]


def speech_between(
    waveform: Waveform, start: float, end: float, before_chunk: Callable[[], None] = lambda: None
) -> Iterator[Span]:
    """Yield the speech segments (start, end in seconds) between two times of a waveform, chunk by chunk."""
    while start < end:
        before_chunk()
        until, first = min(start + CHUNK_S, end), max(0.0, start - SETTLE_S)
        samples = waveform.span(first, until + SETTLE_S)
        for a, b in _detect(samples) if np.abs(samples).max(initial=0.0) > SILENT else ():
            if max(first + a, start) < min(first + b, until):
                yield max(first + a, start), min(first + b, until)
        start = until


def speech_seconds(samples: Samples, within: Span) -> float:
    """Return how many seconds of a short excerpt, `within` start and end, are speech."""
    found = _detect(np.ascontiguousarray(samples, np.float32)) if np.abs(samples).max(initial=0.0) > 0 else ()
    return sum(max(0.0, min(end, within[1]) - max(start, within[0])) for start, end in found)


def seconds_of_speech(waveform: Waveform, enough_s: float) -> float:
    """Return how many seconds of a waveform are speech, counted from its start until there are `enough_s`."""
    found = 0.0
    for block in waveform.blocks(GLANCE_S):
        if found >= enough_s:
            break
        if np.abs(block).max() > SILENT:
            found += speech_seconds(block, (0.0, GLANCE_S))
    return found


def joined(waveform: Waveform, detect: Detect, progress: Progress | None = None) -> list[Span]:
    """Return the speech segments that `detect` finds in chunks of a waveform, joined across chunk borders."""
    found: list[Span] = []
    for first, start, end in _chunks(waveform.duration):
        for a, b in detect(waveform.span(first, end + OVERLAP_S / 2)):
            a, b = max(first + a, start), min(first + b, end)
            if a < b and found and found[-1][1] == start == a:
                found[-1] = (found[-1][0], b)
            elif a < b:
                found.append((a, b))
        if progress is not None and end < waveform.duration:
            progress("speech", end, waveform.duration)
    return found


def _chunks(duration: float) -> Iterator[tuple[float, float, float]]:
    """Yield the first second of audio of each chunk, and the part of it (start, end) that counts."""
    start = 0.0
    while start < duration:
        end = start + CHUNK_S if duration - start > 1.5 * CHUNK_S else duration
        yield max(0.0, start - OVERLAP_S / 2), start, end
        start = end


def _detect(samples: Samples, threshold: float = CLEAR) -> Iterator[Span]:
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(threshold, min_silence_duration_ms=160, speech_pad_ms=0, max_speech_duration_s=MAX_SEGMENT_S)
    segments: list[dict[str, Any]] = get_speech_timestamps(samples, options)
    return ((segment["start"] / SAMPLE_RATE, segment["end"] / SAMPLE_RATE) for segment in segments)
