"""Which excerpts of a multichannel recording to decode: enough to detect what its channels are, in little memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .probe import StreamInfo

MOST = 8
"""Maximum number of channels to inspect; more are a microphone array."""
EXCERPT_S = 10.0
MAX_EXCERPTS = 18

Spans = Sequence[tuple[float, float]]
"""Pairs of start and end, in seconds."""


def excerpt_spans(info: StreamInfo) -> Spans:
    """Return the spans of the excerpts of a stream; none for one channel or for more than MOST."""
    return spans_of(info.end) if 2 <= info.channels <= MOST else ()


def spans_of(end: float | None) -> Spans:
    """Return spans spread over a recording of `end` seconds: all of a short one, the first if that is None."""
    most = MAX_EXCERPTS * EXCERPT_S
    if end is None or end <= most:
        return ((0.0, most),)
    return tuple((float(start), float(start) + EXCERPT_S) for start in np.linspace(0, end - EXCERPT_S, MAX_EXCERPTS))
