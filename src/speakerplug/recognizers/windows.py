"""Pack speech segments into windows for Whisper, none longer than the 30 s that it recognizes at a time.

Whisper takes as long for a short window as for a full one, so pauses are left out to fill them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

Span = tuple[float, float]
Window = tuple[Span, ...]
"""Spans of the recording (start, end), in order, that are recognized together, one right after the other."""

LONGEST = 30.0
"""Maximum seconds of a window."""
PAD = 0.4
"""Seconds of silence to include on either side of a speech segment, if available."""
PAUSE = 2.0
"""Seconds without speech that are left out: Whisper hallucinates words in silence."""


def windows(speech: Sequence[Span], duration: float) -> list[Window]:
    """Return the windows that cover `speech`, with a little silence; no span ends after `duration`.

    Speech segments must be sorted and must not overlap. Each window gets as many as fit; no two spans overlap.
    """
    return packed(_padded(speech, duration), PAUSE)


def packed(spans: Iterable[Span], pause: float, full: float = LONGEST) -> list[Window]:
    """Return windows of these sorted spans, as full as they get; pauses (in seconds) shorter than `pause` are kept.

    Spans are put together up to `full` seconds.
    """
    found: list[list[Span]] = []
    length = 0.0
    for start, end in spans:
        first, last = found[-1][-1] if found else (start, start)
        kept = start - last < pause
        added = end - last if kept else end - start
        if found and length + added <= full:
            if kept:
                found[-1][-1] = (first, max(last, end))
            else:
                found[-1].append((start, end))
            length += max(0.0, added)
        else:
            found.extend([part] for part in cut(start, end, LONGEST))
            length = found[-1][0][1] - found[-1][0][0]
    return [tuple(window) for window in found]


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
