"""Recognize a recording batch by batch, resumably: finished batches are kept if the next one fails.

Whisper sometimes skips a passage: speech segments in which no word was recognized are recognized a second time. The
text before them is the prompt, without which a passage often has no capital and no final mark.
"""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from ..transcript import Removed, Word, text_of
from .fallback import Recognized
from .windows import Span, Window, cut, packed, windows

MARGIN = 0.2
"""Seconds of audio on either side of a skipped passage that are recognized with it."""
SHORTEST = 1.0
"""Seconds of speech without a word that are worth a second pass."""
PAUSE = 0.5
"""A longer pause ends a passage."""
LONGEST = 28.0
"""Maximum seconds of a passage: with the margins it fits into Whisper's window of 30 s."""
CONTEXT_WORDS, CONTEXT_CONFIDENCE = 25, 0.7
"""So many words before a skipped passage are the prompt for it, if they are so confident on average: wrong words in a
prompt make others wrong."""

RecognizeBatch = Callable[[Sequence[Window], Sequence[str]], Recognized]
"""Return the words of a batch of windows, and what of it was left out; the second argument has the text before each."""


class BatchedRecognition:
    """Recognize one recording in batches, in two passes, and keep the words found so far.

    `speech` are the speech segments (start, end), in seconds. The first pass recognizes all of them in windows; the
    second only those passages in which the first found no word and left none out, as many in a window as fit.
    """

    def __init__(self, speech: Sequence[Span], duration: float) -> None:
        self._speech, self._duration = speech, duration
        self._remaining = windows(speech, duration)
        self._skipped: list[Span] | None = None
        self._first_pass: list[Word] = []
        self._second_pass: list[Word] = []
        self._removed: list[Removed] = []

    @property
    def until(self) -> float:
        """Progress of the first pass, in seconds of the recording; the second pass does not count."""
        return self._remaining[0][0][0] if self._remaining and self._skipped is None else self._duration

    @property
    def words(self) -> tuple[Word, ...]:
        """The words so far, sorted by start; words of the same pass keep their order."""
        return tuple(heapq.merge(self._first_pass, self._second_pass, key=lambda word: word.start or 0.0))

    @property
    def removed(self) -> tuple[Removed, ...]:
        """The passages that were left out so far, sorted by start; those that touch are one."""
        found: list[Removed] = []
        for each in sorted(self._removed, key=lambda removed: removed.start):
            if found and each.start <= found[-1].end and each.reason == found[-1].reason:
                found[-1] = replace(found[-1], end=max(found[-1].end, each.end))
            else:
                found.append(each)
        return tuple(found)

    def advance(self, recognize: RecognizeBatch, batch_size: int) -> bool:
        """Recognize the next batch of windows; return False if none are left.

        If `recognize` raises, the same batch comes next.
        """
        if not self._remaining and self._skipped is None:
            self._skipped = missed_speech(self._speech, [*self._first_pass, *self._removed])
            self._remaining = packed(self._with_margins(self._skipped), 0.0)
        if not self._remaining:
            return False
        batch = self._remaining[:batch_size]
        found = recognize(batch, [self._text_before(window) for window in batch])
        if self._skipped is None:
            self._first_pass.extend(found.words)
        else:
            self._second_pass.extend(word for word in found.words if self._is_in_passage(word))
        self._removed.extend(found.removed)
        self._remaining = self._remaining[batch_size:]
        return True

    def _with_margins(self, passages: Sequence[Span]) -> Iterator[Span]:
        """Yield passages with a margin, but not where a long one was cut: a word there would be found twice."""
        starts, ends = {start for start, _ in passages}, {end for _, end in passages}
        for start, end in passages:
            first = start if start in ends else max(0.0, start - MARGIN)
            yield first, end if end in starts else min(self._duration, end + MARGIN)

    def _text_before(self, window: Window) -> str:
        """Return the last words of the first pass before a window of the second one; "" if there are no sure ones."""
        if self._skipped is None:
            return ""
        passage = window[0][0] + MARGIN
        words = [word for word in self._first_pass if (word.start or 0.0) < passage][-CONTEXT_WORDS:]
        confidence = sum(word.confidence or 0.0 for word in words)
        return text_of(words) if confidence >= CONTEXT_CONFIDENCE * len(words) else ""

    def _is_in_passage(self, word: Word) -> bool:
        """Return whether a word lies in a skipped passage; words in its margin were found by the first pass."""
        passages = self._skipped or []
        middle = ((word.start or 0.0) + (word.end or 0.0)) / 2
        index = bisect_right(passages, (middle, float("inf"))) - 1
        return index >= 0 and middle <= passages[index][1]


def missed_speech(speech: Sequence[Span], found: Sequence[Word | Removed]) -> list[Span]:
    """Return the parts (start, end) of `speech` that nothing found covers, of at least `SHORTEST` seconds.

    Parts with a short pause but no word between them are joined; long ones are cut at `LONGEST`. One sweep.
    """
    covered = sorted((each.start, each.end) for each in found if each.start is not None and each.end is not None)
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
