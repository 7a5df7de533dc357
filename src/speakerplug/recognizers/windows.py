"""Windows for Whisper, which hears 30 s at once: stretches of speech put together, none longer than that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

Span = tuple[float, float]

LONGEST = 30.0
"""Seconds that Whisper hears at once."""
PAD = 0.4
"""Seconds of silence heard on either side of speech, where there are so many."""
PAUSE = 2.0
"""Seconds without speech that begin a new window: Whisper makes words up in silence."""


def windows(speech: Sequence[Span], duration: float) -> list[Span]:
    """The windows (start, end) to hear `speech` in, which is in order and does not overlap; none ends after `duration`.

    As much as fits into one goes into one, and nothing is heard twice.
    """
    found: list[Span] = []
    for start, end in _padded(speech, duration):
        if found and end - found[-1][0] <= LONGEST and start - found[-1][1] < PAUSE:
            found[-1] = (found[-1][0], end)
        else:
            found.extend(cut(start, end, LONGEST))
    return found


def cut(start: float, end: float, longest: float) -> Iterator[Span]:
    """Pieces of at most `longest` seconds that make up the whole."""
    while end - start > longest:
        yield start, start + longest
        start += longest
    yield start, end


def _padded(speech: Sequence[Span], duration: float) -> Iterator[Span]:
    """Each stretch with some of the silence around it; neighbors share what is between them."""
    for index, (start, end) in enumerate(speech):
        before = start - speech[index - 1][1] if index else 2 * start
        after = speech[index + 1][0] - end if index + 1 < len(speech) else 2 * (duration - end)
        yield start - max(0.0, min(PAD, before / 2)), end + max(0.0, min(PAD, after / 2))
