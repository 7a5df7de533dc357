"""Speaker activity around each word: turns as arrays, and the share of a word that each speaker covers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from ..errors import MediaError
from ..transcript import Turn, Word

MAX_PAIRS = 20_000_000
"""Ten million words with two speakers each; what a thousand concurrent speakers would make exhausts memory."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """Time spans (of words or turns) as arrays, `start` and `end` in seconds."""

    start: Floats
    end: Floats

    @property
    def length(self) -> Floats:
        """Length of each span, in seconds."""
        return self.end - self.start

    def of(self, index: Ints) -> Spans:
        """Return the spans at `index`, which may repeat."""
        return Spans(self.start[index], self.end[index])

    def widened(self, seconds: float) -> Spans:
        """Return spans that are `seconds` longer at both ends."""
        return Spans(self.start - seconds, self.end + seconds)


def spans_of(items: Sequence[Word] | Sequence[Turn]) -> Spans:
    """Return the times of words or turns, in their order; a missing time is NaN."""
    return Spans(*(np.array(list(map(attrgetter(edge), items)), dtype=np.float64) for edge in ("start", "end")))


@dataclass(frozen=True, slots=True, eq=False)
class SpeakerTrack:
    """Turns as arrays sorted by start, with ascending ends; `speaker` holds speaker numbers.

    Overlapping turns are split at each other's edges, so an interval in which two speakers talk occurs twice.
    """

    turns: Spans
    speaker: Ints

    def reaching(self, spans: Spans) -> tuple[Ints, Ints]:
        """Return for each span the index of the first turn that reaches into it, and one past the last that does."""
        first = np.searchsorted(self.turns.end, spans.start, side="right")
        return first, np.maximum(first, np.searchsorted(self.turns.start, spans.end, side="left"))

    def sole(self, first: Ints, last: Ints) -> Ints:
        """Return the one speaker of the turns from `first` to before `last`; -1 for several speakers or no turn."""
        if not len(self.speaker):
            return np.full(len(first), -1)
        changes = np.concatenate([[0, 0], np.cumsum(self.speaker[1:] != self.speaker[:-1])])
        alone = (first < last) & (changes[last] == changes[np.minimum(first + 1, len(self.speaker))])
        return np.where(alone, self.speaker[np.minimum(first, len(self.speaker) - 1)], -1)


def track_of(turns: Sequence[Turn], number: Mapping[str, int]) -> SpeakerTrack:
    """Return the track of `turns` in any order, without those of zero length; `number` maps speakers to numbers."""
    given = spans_of(turns)
    speaker = np.array([number[turn.speaker] for turn in turns], dtype=np.int64)
    order = np.lexsort((given.end, given.start))
    order = order[given.end[order] > given.start[order]]
    start, end, speaker = given.start[order], given.end[order], speaker[order]
    if np.all(end[:-1] <= start[1:]):
        return SpeakerTrack(Spans(start, end), speaker)
    edges = np.unique(np.concatenate([start, end]))
    first, last, speaker = _merged(np.searchsorted(edges, start), np.searchsorted(edges, end), speaker)
    turn, interval = pairs(first, last)
    interval, speaker, _ = totals(interval, speaker[turn], np.zeros(len(turn)))
    return SpeakerTrack(Spans(edges[interval], edges[interval + 1]), speaker)


def _merged(first: Ints, last: Ints, speaker: Ints) -> tuple[Ints, Ints, Ints]:
    """Merge touching intervals of the same speaker, sorted by first, so that no interval occurs more than once."""
    order = np.lexsort((first, speaker))
    # Each speaker has a range of numbers of its own, so one running maximum does for all.
    own = speaker[order] * (int(last.max()) + 1)
    reached = np.maximum.accumulate(last[order] + own)
    begins = np.flatnonzero(np.append(True, first[order][1:] + own[1:] > reached[:-1]))
    ends = np.append(begins[1:], len(order)) - 1
    merged = np.column_stack([first[order][begins], reached[ends] - own[ends], speaker[order][begins]])
    return tuple(merged[np.argsort(order[begins])].T)  # in the order in which they were given


def pairs(first: Ints, last: Ints) -> tuple[Ints, Ints]:
    """Return all pairs (i, j) with first[i] <= j < last[i], by i. Raises MediaError for more than MAX_PAIRS."""
    counts = last - first
    if counts.sum() > MAX_PAIRS:
        raise MediaError(f"Too many turns overlap ({counts.sum()} intersections): check the turns.")
    owner = np.repeat(np.arange(len(first)), counts)
    offset = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    return owner, first[owner] + offset


def totals(word: Ints, speaker: Ints, value: Floats) -> tuple[Ints, Ints, Floats]:
    """Return the sums of `value` by pairs of word and speaker, ordered by word, then by first occurrence.

    Sums are rounded, so that equal values stay equal wherever in the recording they lie.
    """
    key = word * (int(speaker.max(initial=0)) + 1) + speaker
    by_key = np.argsort(key, kind="stable")  # fast, as keys are nearly sorted
    first = np.flatnonzero(np.diff(key[by_key], prepend=-1))
    occurrence = by_key[first]
    sums = np.add.reduceat(value[by_key], first).round(9) if len(first) else np.zeros(0)
    order = np.lexsort((occurrence, word[occurrence]))
    occurrence = occurrence[order]
    return word[occurrence], speaker[occurrence], sums[order]


def seconds_shared(spans: Spans, others: Spans) -> Floats:
    """Return the seconds that spans have in common, pair by pair."""
    shared: Floats = np.maximum(0.0, np.minimum(spans.end, others.end) - np.maximum(spans.start, others.start))
    return shared


def tolerant_share(words: Spans, turns: Spans, tolerance: float) -> Floats:
    """Return the share of each word that its turn covers, where the word's edges are uncertain by `tolerance` seconds.

    A word weighs 1 from its start to its end, and linearly less down to 0 at `tolerance` seconds outside it.
    """
    up_to_end = _weight(turns.end - words.start, words.length, tolerance)
    share: Floats = (up_to_end - _weight(turns.start - words.start, words.length, tolerance)) / (
        words.length + tolerance
    )
    return share


def _weight(time: Floats, length: Floats, tolerance: float) -> Floats:
    """Integrate the weight of words of `length` from before their start to `time` after it."""
    rising, falling = np.clip(time + tolerance, 0.0, tolerance), np.clip(time - length, 0.0, tolerance)
    weight: Floats = (rising**2 - falling**2) / (2 * tolerance) + falling + np.clip(time, 0.0, length)
    return weight
