"""Pack speech segments into windows for Whisper, none longer than the 30 s that it recognizes at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

Span = tuple[float, float]

LONGEST = 30.0
"""Maximum seconds of a window."""
PAD = 0.4
"""Seconds of silence to include on either side of a speech segment, if available."""
PAUSE = 2.0
"""Seconds without speech that start a new window: Whisper hallucinates words in silence."""


def windows(speech: Sequence[Span], duration: float) -> list[Span]:
    """Return the windows (start, end in seconds) that cover `speech`; none ends after `duration`.

    Speech segments must be sorted and must not overlap. Each window gets as many as fit, and windows do not overlap.
    """
    found: list[Span] = []
    for start, end in _padded(speech, duration):
        if found and end - found[-1][0] <= LONGEST and start - found[-1][1] < PAUSE:
            found[-1] = (found[-1][0], end)
        else:
            found.extend(cut(start, end, LONGEST))
    return found


def cut(start: float, end: float, longest: float) -> Iterator[Span]:
    """Cut a span into parts of at most `longest` seconds."""
    while end - start > longest:
        yield start, start + longest
        start += longest
    yield start, end


def _padded(speech: Sequence[Span], duration: float) -> Iterator[Span]:
    """Yield each speech segment with some of the silence around it; neighbors share the silence between them."""
    for index, (start, end) in enumerate(speech):
        before = start - speech[index - 1][1] if index else 2 * start
        after = speech[index + 1][0] - end if index + 1 < len(speech) else 2 * (duration - end)
        yield start - max(0.0, min(PAD, before / 2)), end + max(0.0, min(PAD, after / 2))
