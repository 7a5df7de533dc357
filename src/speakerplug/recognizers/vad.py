"""Voice activity detection with faster-whisper's Silero VAD, in chunks, because it copies its input."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..waveform import SAMPLE_RATE, Samples
from .windows import LONGEST, PAD, Span

CHUNK_S = 1200.0
"""Seconds of audio per call of the detector."""
OVERLAP_S = 20.0
"""Seconds that two chunks share, so that the recurrent detector can settle."""

Detect = Callable[[Samples], Iterable[Span]]


def speech_in(samples: Samples) -> list[Span]:
    """Return the speech segments (start, end) of 16 kHz samples, in order, each short enough for a window."""
    return joined(samples, _detect)


def joined(samples: Samples, detect: Detect) -> list[Span]:
    """Return the speech segments that `detect` finds in chunks of `samples`, joined across chunk borders."""
    found: list[Span] = []
    for first, start, end in _chunks(len(samples) / SAMPLE_RATE):
        chunk = samples[round(first * SAMPLE_RATE) : round((end + OVERLAP_S / 2) * SAMPLE_RATE)]
        for a, b in detect(chunk):
            a, b = max(first + a, start), min(first + b, end)
            if a < b and found and found[-1][1] == start == a:
                found[-1] = (found[-1][0], b)
            elif a < b:
                found.append((a, b))
    return found


def _chunks(duration: float) -> Iterator[tuple[float, float, float]]:
    """Yield the first second of audio of each chunk, and the part of it (start, end) that counts."""
    start = 0.0
    while start < duration:
        end = start + CHUNK_S if duration - start > 1.5 * CHUNK_S else duration
        yield max(0.0, start - OVERLAP_S / 2), start, end
        start = end


def _detect(samples: Samples) -> Iterator[Span]:
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(min_silence_duration_ms=160, speech_pad_ms=0, max_speech_duration_s=LONGEST - 2 * PAD)
    segments: list[dict[str, Any]] = get_speech_timestamps(samples, options)
    return ((segment["start"] / SAMPLE_RATE, segment["end"] / SAMPLE_RATE) for segment in segments)
