"""Hearing a recording batch by batch: what has been heard stays heard, whatever happens to the next batch.

Whisper sometimes leaves a passage out: where somebody speaks and no word was recognized, it listens once more.
"""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence

from ..transcript import Word
from .windows import Span, cut, windows

AROUND = 0.2
"""Seconds heard on either side of a passage that was left out."""
SHORTEST = 1.0
"""Seconds of speech without a word that are worth a second look."""
PAUSE = 0.5
"""Pauses up to this many seconds do not end a passage."""
LONGEST = 28.0
"""Seconds of a passage; Whisper hears 30 s at once, and a little is heard around it."""

Hear = Callable[[Sequence[Span]], Sequence[Word]]
"""Recognizes the words of a batch of windows."""


class Hearing:
    """The words of one recording, as far as they have been heard; `speech` is where somebody speaks.

    First all speech is heard, window by window; then, once more, passages of it in which no word was found.
    """

    def __init__(self, speech: Sequence[Span], duration: float) -> None:
        self._speech, self._duration = speech, duration
        self._left = windows(speech, duration)
        self._passages: list[Span] | None = None
        self._heard: list[Word] = []
        self._again: list[Word] = []

    @property
    def until(self) -> float:
        """How far it has come, in seconds; passages that are heard again do not count."""
        return self._left[0][0] if self._left and self._passages is None else self._duration

    @property
    def words(self) -> tuple[Word, ...]:
        """In the order of time; words of one hearing keep their order among themselves."""
        return tuple(heapq.merge(self._heard, self._again, key=lambda word: word.start or 0.0))

    def go_on(self, hear: Hear, batch_size: int) -> bool:
        """Hear the next batch of windows; False when there are none left. What `hear` raises changes nothing."""
        if not self._left and self._passages is None:
            self._passages = gaps(self._speech, self._heard)
            self._left = [self._around(passage) for passage in self._passages]
        if not self._left:
            return False
        words = hear(self._left[:batch_size])
        if self._passages is None:
            self._heard.extend(words)
        else:
            self._again.extend(word for word in words if self._is_in_passage(word))
        self._left = self._left[batch_size:]
        return True

    def _around(self, passage: Span) -> Span:
        return max(0.0, passage[0] - AROUND), min(self._duration, passage[1] + AROUND)

    def _is_in_passage(self, word: Word) -> bool:
        """Words beside their passage are there already."""
        passages = self._passages or []
        middle = ((word.start or 0.0) + (word.end or 0.0)) / 2
        index = bisect_right(passages, (middle, float("inf"))) - 1
        return index >= 0 and middle <= passages[index][1]


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
