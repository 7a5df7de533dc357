"""Whether a confidence means what it says: of the words that were given about 0.8, how many have the right speaker."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from speakerplug.plugin import Word

from .alignment import Pair
from .scoring import judged

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Words of about one confidence: how many, how many of them right, and the sum of their confidences."""

    words: int = 0
    right: int = 0
    confidences: float = 0.0

    def __add__(self, other: Bin) -> Bin:
        return Bin(self.words + other.words, self.right + other.right, self.confidences + other.confidences)


Bins = tuple[Bin, ...]


def calibration(reference: Sequence[Word], hypothesis: Sequence[Word], pairs: Sequence[Pair]) -> Bins:
    """The words that were heard, in `BINS` bins of equal width by their confidence (0 to 1), if they have one."""
    bins = [Bin()] * BINS
    for _, h, right in judged(reference, hypothesis, pairs):
        confidence = hypothesis[h].speaker_confidence
        if confidence is not None:
            index = min(max(0, int(confidence * BINS)), BINS - 1)
            bins[index] += Bin(1, int(right), confidence)
    return tuple(bins)


def together(parts: Iterable[Bins]) -> Bins:
    """The bins of several recordings as those of one."""
    return tuple(sum(column, Bin()) for column in zip(*parts, strict=True))


def calibration_error(bins: Bins) -> float | None:
    """By how much the confidences are off the share of right words, on average over the words; None without any.

    Source: Guo et al., On Calibration of Modern Neural Networks, ICML 2017 (there: ECE).
    """
    words = sum(each.words for each in bins)
    return sum(abs(each.right - each.confidences) for each in bins) / words if words else None
