"""Where somebody speaks: faster-whisper's voice activity detection, in pieces, for it copies what it is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..waveform import SAMPLE_RATE, Samples
from .windows import LONGEST, PAD, Span

PIECE_S = 1200.0
"""Seconds that are looked at in one piece."""
OVERLAP_S = 20.0
"""Seconds that two pieces share: time for the detector to find its feet."""

Detect = Callable[[Samples], Iterable[Span]]


def speech_in(samples: Samples) -> list[Span]:
    """Stretches of speech (start, end) of 16 kHz samples, in order; none is longer than a window has room for."""
    return joined(samples, _detect)


def joined(samples: Samples, detect: Detect) -> list[Span]:
    """What `detect` finds in the pieces of `samples`; a stretch that a border cuts is one again."""
    found: list[Span] = []
    for first, start, end in _pieces(len(samples) / SAMPLE_RATE):
        piece = samples[round(first * SAMPLE_RATE) : round((end + OVERLAP_S / 2) * SAMPLE_RATE)]
        for a, b in detect(piece):
            a, b = max(first + a, start), min(first + b, end)
            if a < b and found and found[-1][1] == start == a:
                found[-1] = (found[-1][0], b)
            elif a < b:
                found.append((a, b))
    return found


def _pieces(duration: float) -> Iterator[tuple[float, float, float]]:
    """Where each piece begins to be heard, and the part of it (start, end) that counts."""
    start = 0.0
    while start < duration:
        end = start + PIECE_S if duration - start > 1.5 * PIECE_S else duration
        yield max(0.0, start - OVERLAP_S / 2), start, end
        start = end


def _detect(samples: Samples) -> Iterator[Span]:
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(min_silence_duration_ms=160, speech_pad_ms=0, max_speech_duration_s=LONGEST - 2 * PAD)
    stretches: list[dict[str, Any]] = get_speech_timestamps(samples, options)
    return ((stretch["start"] / SAMPLE_RATE, stretch["end"] / SAMPLE_RATE) for stretch in stretches)
