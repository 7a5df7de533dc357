"""Speech that the segmentation network misses, as it may for half a minute in an echo.

Voice activity detection finds it, and a segment is cut where the speaker changes, so that it is speech like any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from ...media.vad import Span, speech_between
from ...media.waveform import Waveform
from ...system.progress import Progress
from .engine import Passed, SinglePass

GAP_S = 1.0
"""Seconds without a speaker that are looked into. Where the network works, it misses no speech for so long."""
SHORTEST_S = 0.5
"""Seconds of a part that is enough for an embedding."""


def with_missed_speech(passed: Passed, waveform: Waveform, engine: SinglePass, progress: Progress) -> Passed:
    """Return what a pass over the recording found, with the speech that it missed, which one person says at a time."""
    count, added = passed.count.copy(), []
    for start, end in missed_speech(passed, waveform, progress):
        found = engine.segment_of(waveform.span(start, end), start)
        frames = slice(found.segment.first, found.segment.end)
        count[frames] = np.maximum(count[frames], 1)
        added.append(found)
    segments = sorted((*passed.segments, *added), key=lambda each: each.segment.first)
    return replace(passed, segments=tuple(segments), count=count)


def missed_speech(passed: Passed, waveform: Waveform, progress: Progress) -> Iterator[Span]:
    """Yield the speech (start, end in seconds) that voice activity detection finds where nobody speaks for long.

    `progress` is called for each chunk of it; if it raises, the work has been canceled.
    """
    done = partial(progress, "segmentation", waveform.duration, waveform.duration)
    idle = np.flatnonzero(np.diff(passed.count > 0, prepend=True, append=True)).reshape(-1, 2)
    for first, last in idle:
        start, end = first * passed.grid.frame_step_s, min(last * passed.grid.frame_step_s, waveform.duration)
        for a, b in speech_between(waveform, start, end, done) if end - start >= GAP_S else ():
            if b - a >= SHORTEST_S:
                yield a, b
