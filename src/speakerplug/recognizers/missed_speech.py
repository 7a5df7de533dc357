"""Where somebody speaks and no word was recognized: Whisper sometimes leaves a passage out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..transcript import Word
from .windows import Span, cut

SHORTEST = 1.0
"""Seconds of speech without a word that are worth a second look."""
PAUSE = 0.5
"""Pauses up to this many seconds do not end a passage."""
LONGEST = 28.0
"""Seconds of a passage; Whisper hears 30 s at once, and a little is heard around it."""


def gaps(speech: Sequence[Span], words: Sequence[Word]) -> list[Span]:
    """The stretches of `speech` (start, end) that no word covers, of at least `SHORTEST` seconds.

    Stretches with a short pause but no word between them are one; long ones are cut at `LONGEST`. One sweep.
    """
    spoken = sorted((word.start, word.end) for word in words if word.start is not None and word.end is not None)
    joined: list[Span] = []
    for start, end, follows in _uncovered(sorted(speech), spoken):
        if follows and joined and start - joined[-1][1] <= PAUSE:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return [piece for start, end in joined if end - start >= SHORTEST for piece in cut(start, end, LONGEST)]


def _uncovered(speech: Sequence[Span], spoken: Sequence[Span]) -> Iterator[tuple[float, float, bool]]:
    """Each stretch without a word, and whether it follows the one before with no word between them."""
    index, covered_until, follows = 0, 0.0, False
    for start, end in speech:
        position = max(start, covered_until)
        while index < len(spoken) and spoken[index][0] < end:
            word_start, word_end = spoken[index]
            if word_start > position:
                yield position, word_start, follows
            position = covered_until = max(position, covered_until, word_end)
            follows = False
            index += 1
        if position < end:
            yield position, end, follows
            follows = True
