"""Hearing a recording batch by batch: what has been heard stays heard, whatever happens to the next batch."""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections.abc import Callable, Sequence

from ..transcript import Word
from .missed_speech import gaps
from .windows import Span, windows

AROUND = 0.2
"""Seconds heard on either side of a passage that was left out."""

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
