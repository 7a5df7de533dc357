"""Words that a recognizer wrote in several parts: the parts are decided as one word, so they have one speaker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from operator import attrgetter

import numpy as np

from ..transcript import Word
from .activity import Ints, Spans, pairs
from .decide import Decisions
from .word_parts import is_part


@dataclass(frozen=True, slots=True, eq=False)
class WholeWords:
    """The words of a transcript with their parts put together: from `first` to before `last`, one pair per word."""

    first: Ints
    last: Ints

    @classmethod
    def of(cls, words: Sequence[Word]) -> WholeWords:
        """Return the whole words of which these, at least one, are the parts."""
        if not any(map(attrgetter("joined"), words)):  # as a rule, and much faster
            return cls(np.arange(len(words)), np.arange(1, len(words) + 1))
        parts = np.fromiter((is_part(before, word) for before, word in pairwise(words)), dtype=bool)
        first = np.flatnonzero(np.append(True, ~parts))
        return cls(first, np.append(first[1:], len(words)))

    def spans(self, parts: Spans) -> Spans:
        """Return the times of the whole words: from the earliest start of a part to the latest end."""
        if len(self.first) == self.last[-1]:
            return parts
        return Spans(np.minimum.reduceat(parts.start, self.first), np.maximum.reduceat(parts.end, self.first))

    def divided(self, decisions: Decisions) -> Decisions:
        """Return the decisions on whole words as decisions on all of their parts."""
        if len(self.first) == self.last[-1]:
            return decisions
        whole = np.repeat(np.arange(len(self.first)), self.last - self.first)
        others = decisions.others
        pair, part = pairs(self.first[others.word], self.last[others.word])
        order = np.argsort(part, kind="stable")
        pair, part = pair[order], part[order]
        return Decisions(
            decisions.speaker[whole],
            decisions.method[whole],
            decisions.features[whole],
            replace(others, word=part, speaker=others.speaker[pair], share=others.share[pair]),
        )
