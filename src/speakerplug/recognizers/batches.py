"""Recognize a recording batch by batch, resumably: finished batches are kept if the next one fails.

Whisper sometimes skips a passage: speech segments in which no word was recognized are recognized a second time.
"""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence

from ..transcript import Word
from .windows import Span, Window, cut, packed, windows

MARGIN = 0.2
"""Seconds of audio on either side of a skipped passage that are recognized with it."""
SHORTEST = 1.0
"""Seconds of speech without a word that are worth a second pass."""
PAUSE = 0.5
"""A longer pause ends a passage."""
LONGEST = 28.0
"""Maximum seconds of a passage: with the margins it fits into Whisper's window of 30 s."""

RecognizeBatch = Callable[[Sequence[Window]], Sequence[Word]]
"""Return the words of a batch of windows."""


class BatchedRecognition:
    """Recognize one recording in batches, and keep the words found so far.

    `speech` are the speech segments (start, end), in seconds. All of them are recognized once, in windows, and a second
    time those passages in which no word was found. The last window, which is seldom full, waits for the passages of
    the others, and takes them in as far as they fit.
    """

    def __init__(self, speech: Sequence[Span], duration: float) -> None:
        self._duration = duration
        self._remaining = windows(speech, duration)
        last = self._remaining.pop() if self._remaining else ()
        self._last_start = last[0][0] if last else duration
        before = [(start, min(end, self._last_start)) for start, end in speech if start < self._last_start]
        after = [(max(start, self._last_start), end) for start, end in speech if end > self._last_start]
        self._rounds: list[tuple[Sequence[Span], Window]] = [(before, last), (after, ())]
        self._passages: list[Span] = []
        self._unseen = 0.0  # from here on, all words are new; before, those of passages
        self._first_pass: list[Word] = []
        self._second_pass: list[Word] = []

    @property
    def until(self) -> float:
        """Progress in seconds of the recording; passages do not count."""
        if len(self._rounds) == 2:
            return self._remaining[0][0][0] if self._remaining else self._last_start
        return self._last_start if self._rounds and self._remaining else self._duration

    @property
    def words(self) -> tuple[Word, ...]:
        """The words so far, sorted by start; words of the same pass keep their order."""
        return tuple(heapq.merge(self._first_pass, self._second_pass, key=lambda word: word.start or 0.0))

    def advance(self, recognize: RecognizeBatch, batch_size: int) -> bool:
        """Recognize the next batch of windows; return False if none are left.

        If `recognize` raises, the same batch comes next.
        """
        while not self._remaining and self._rounds:
            self._begin_round(*self._rounds.pop(0))
        if not self._remaining:
            return False
        for word in recognize(self._remaining[:batch_size]):
            middle = ((word.start or 0.0) + (word.end or 0.0)) / 2
            if middle >= self._unseen:
                self._first_pass.append(word)
            elif self._is_in_passage(middle):  # words in its margin were found before
                self._second_pass.append(word)
        self._remaining = self._remaining[batch_size:]
        return True

    def _begin_round(self, speech: Sequence[Span], last: Window) -> None:
        """Recognize the passages of `speech` that were missed, together with the last window."""
        missed = missed_speech(speech, self._first_pass)
        self._passages += missed
        margins = [(max(0.0, start - MARGIN), min(self._duration, end + MARGIN)) for start, end in missed]
        self._remaining = packed([*margins, *last], 0.0)
        self._unseen = self._last_start if last else float("inf")

    def _is_in_passage(self, time: float) -> bool:
        index = bisect_right(self._passages, (time, float("inf"))) - 1
        return index >= 0 and time <= self._passages[index][1]


def missed_speech(speech: Sequence[Span], words: Sequence[Word]) -> list[Span]:
    """Return the parts (start, end) of `speech` that no word covers, of at least `SHORTEST` seconds.

    Parts with a short pause but no word between them are joined; long ones are cut at `LONGEST`. One sweep.
    """
    covered = sorted((word.start, word.end) for word in words if word.start is not None and word.end is not None)
    joined: list[Span] = []
    for start, end, follows in _uncovered(sorted(speech), covered):
        if follows and joined and start - joined[-1][1] <= PAUSE:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return [part for start, end in joined if end - start >= SHORTEST for part in cut(start, end, LONGEST)]


def _uncovered(speech: Sequence[Span], covered: Sequence[Span]) -> Iterator[tuple[float, float, bool]]:
    """Yield each part without a word, and whether there is no word between it and the previous one."""
    index, covered_until, follows = 0, 0.0, False
    for start, end in speech:
        position = max(start, covered_until)
        while index < len(covered) and covered[index][0] < end:
            word_start, word_end = covered[index]
            if word_start > position:
                yield position, word_start, follows
            position = covered_until = max(position, covered_until, word_end)
            follows = False
            index += 1
        if position < end:
            yield position, end, follows
            follows = True
