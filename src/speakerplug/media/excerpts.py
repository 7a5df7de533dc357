"""Where to look into a recording of several channels: enough to tell what they are, without holding all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .probe import Sound

MOST = 8
"""Channels that are looked into; more are an array of microphones."""
EXCERPT_S = 10.0
MOST_EXCERPTS = 18

Spans = Sequence[tuple[float, float]]
"""From, to, in seconds."""


def excerpt_spans(sound: Sound) -> Spans:
    """Return the spans of the excerpts of a stream: none of one channel, or of more than can be looked into."""
    return spans_of(sound.end) if 2 <= sound.channels <= MOST else ()


def spans_of(end: float | None) -> Spans:
    """Return spans from all over a recording of `end` seconds; all of a short one, the beginning where nobody knows."""
    most = MOST_EXCERPTS * EXCERPT_S
    if end is None or end <= most:
        return ((0.0, most),)
    return tuple((float(start), float(start) + EXCERPT_S) for start in np.linspace(0, end - EXCERPT_S, MOST_EXCERPTS))
