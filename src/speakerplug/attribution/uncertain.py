"""Which words a person should check: one rule for the HTML page, the picture and the preview."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..transcript import Word

SPEAKER, WORDING = 0.6, 0.5
"""Of lower confidence, a word's speaker and its text are uncertain."""
MOST = 10
"""One of so many words, the least confident ones, has an uncertain text, at most."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The confidences (0 to 1) below which the text of a word (`wording`), and its `speaker`, are uncertain."""

    wording: float
    speaker: float = SPEAKER

    def is_uncertain(self, word: Word) -> bool:
        """Return whether the text of a word, or its speaker, should be checked; what is unknown is not uncertain."""
        text, speaker = word.confidence, word.speaker_confidence
        return (text is not None and text < self.wording) or (speaker is not None and speaker < self.speaker)


def limits_of(words: Sequence[Word]) -> Limits:
    """Return the limits of a transcript: at most one of `MOST` words with a confidence is below that of wording.

    Recognizers are unsure to different degrees: on noisy recordings, a third of the words has a confidence below 0.5,
    and who is shown so many marks heeds none.
    """
    known = sorted(word.confidence for word in words if word.confidence is not None)
    return Limits(min(WORDING, known[len(known) // MOST]) if known else WORDING)


def uncertain_passages(words: Sequence[Word], around: int = 3) -> tuple[range, ...]:
    """Return the indices of uncertain words with those `around` them, as passages of one speaker that do not touch."""
    limits = limits_of(words)
    passages: list[range] = []
    for at, word in enumerate(words):
        if not limits.is_uncertain(word):
            continue
        first, last = at, at + 1
        while first > max(0, at - around) and words[first - 1].speaker == word.speaker:
            first -= 1
        while last < min(len(words), at + 1 + around) and words[last].speaker == word.speaker:
            last += 1
        if passages and passages[-1].stop >= first and words[passages[-1].start].speaker == word.speaker:
            first = passages.pop().start
        passages.append(range(first, last))
    return tuple(passages)
