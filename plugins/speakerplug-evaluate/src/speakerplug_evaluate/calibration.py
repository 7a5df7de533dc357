"""Calibration of the speaker confidence: of the words with about 0.8, how many have the right speaker."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from speakerplug.plugin import Word

from .alignment import Pair
from .scoring import judged

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Words of similar confidence: how many, how many of them right, and the sum of their confidences."""

    words: int = 0
    right: int = 0
    confidences: float = 0.0

    def __add__(self, other: Bin) -> Bin:
        return Bin(self.words + other.words, self.right + other.right, self.confidences + other.confidences)


Bins = tuple[Bin, ...]


def calibration(reference: Sequence[Word], hypothesis: Sequence[Word], pairs: Sequence[Pair]) -> Bins:
    """Return the recognized words with a confidence (0 to 1), in `BINS` bins of equal width."""
    bins = [Bin()] * BINS
    for _, h, right in judged(reference, hypothesis, pairs):
        confidence = hypothesis[h].speaker_confidence
        if confidence is not None:
            index = min(max(0, int(confidence * BINS)), BINS - 1)
            bins[index] += Bin(1, int(right), confidence)
    return tuple(bins)


def together(parts: Iterable[Bins]) -> Bins:
    """Return the sums of the bins of several recordings."""
    return tuple(sum(column, Bin()) for column in zip(*parts, strict=True))


def calibration_error(bins: Bins) -> float | None:
    """Return the expected calibration error (ECE); None without any word.

    Source: Guo et al., On Calibration of Modern Neural Networks, ICML 2017.
    """
    words = sum(each.words for each in bins)
    return sum(abs(each.right - each.confidences) for each in bins) / words if words else None
