"""Attribute words while a recognizer still works: each as soon as no later word can change its speaker."""

from __future__ import annotations

from collections.abc import Sequence

from ..transcript import Diarization, Word
from .attribute import attribute
from .decide import EXACT, METHODS
from .whole_words import WholeWords

CERTAIN = (METHODS[EXACT], None)
"""Methods of words whose speaker does not depend on the words around them; None where there is no turn at all."""


class IncrementalAttribution:
    """Give words their speakers as they come, with the same result as `attribute` has for all of them together.

    A word inside a turn, while nobody else talks, is certain, and separates the words before it from those after it.
    """

    def __init__(self, diarization: Diarization) -> None:
        self._diarization = diarization
        self._before: tuple[Word, ...] = ()
        self._pending: tuple[Word, ...] = ()

    def add(self, words: Sequence[Word]) -> tuple[Word, ...]:
        """Return the words that are decided now, in order; those that are not come with a later call.

        `words` have times, and all parts of their last word: the first one of the next call begins a new word.
        """
        self._pending += tuple(words)
        return self._decided(is_last=False)

    def finish(self) -> tuple[Word, ...]:
        """Return the remaining words."""
        return self._decided(is_last=True)

    def _decided(self, is_last: bool) -> tuple[Word, ...]:
        words = self._before + self._pending
        if not self._pending:
            return ()
        attributed = attribute(words, self._diarization)
        whole = WholeWords.of(words)
        certain = [number for number, last in enumerate(whole.last) if attributed[last - 1].method in CERTAIN]
        end = int(whole.last[certain[-1]]) if certain else 0
        begin = len(self._before)
        if certain:
            self._before = words[int(whole.first[certain[-1]]) : end]
        self._pending = () if is_last else words[max(begin, end) :]
        return attributed[begin:] if is_last else attributed[begin:end]
