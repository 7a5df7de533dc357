"""Who is active around each word: turns as arrays, and how much of a word each speaker fills."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from ..errors import MediaError
from ..transcript import Turn

MOST_PAIRS = 20_000_000
"""Ten million words during which two talk; what a thousand talk at once would make takes all memory."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """Stretches of time as arrays, `start` and `end` in seconds; words, say."""

    start: Floats
    end: Floats

    @property
    def length(self) -> Floats:
        """Seconds."""
        return self.end - self.start

    def of(self, index: Ints) -> Spans:
        """Some of them, or some several times."""
        return Spans(self.start[index], self.end[index])

    def widened(self, seconds: float) -> Spans:
        """Each one longer at both ends."""
        return Spans(self.start - seconds, self.end + seconds)


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """Turns as arrays, by start; `speaker` holds numbers. Ends ascend, too.

    Turns that overlap are cut at each other's edges, so that a stretch of time in which two talk is there twice.
    """

    turns: Spans
    speaker: Ints

    def reaching(self, spans: Spans) -> tuple[Ints, Ints]:
        """For each span the first turn that reaches into it, and the first one after those that do."""
        first = np.searchsorted(self.turns.end, spans.start, side="right")
        return first, np.maximum(first, np.searchsorted(self.turns.start, spans.end, side="left"))

    def sole(self, first: Ints, last: Ints) -> Ints:
        """The speaker of the turns from `first` up to `last`; -1 where they have several or there is no turn."""
        if not len(self.speaker):
            return np.full(len(first), -1)
        changes = np.concatenate([[0, 0], np.cumsum(self.speaker[1:] != self.speaker[:-1])])
        alone = (first < last) & (changes[last] == changes[np.minimum(first + 1, len(self.speaker))])
        return np.where(alone, self.speaker[np.minimum(first, len(self.speaker) - 1)], -1)


def track_of(turns: Sequence[Turn], number: Mapping[str, int]) -> Track:
    """The track of `turns` in any order, without those of no length; `number` says which number a speaker has."""
    start, end = (np.array(list(map(attrgetter(edge), turns)), dtype=np.float64) for edge in ("start", "end"))
    speaker = np.array([number[turn.speaker] for turn in turns], dtype=np.int64)
    order = np.lexsort((end, start))
    order = order[end[order] > start[order]]
    start, end, speaker = start[order], end[order], speaker[order]
    if np.all(end[:-1] <= start[1:]):
        return Track(Spans(start, end), speaker)
    edges = np.unique(np.concatenate([start, end]))
    first, last, speaker = _united(np.searchsorted(edges, start), np.searchsorted(edges, end), speaker)
    turn, piece = pairs(first, last)
    piece, speaker, _ = totals(piece, speaker[turn], np.zeros(len(turn)))
    return Track(Spans(edges[piece], edges[piece + 1]), speaker)


def _united(first: Ints, last: Ints, speaker: Ints) -> tuple[Ints, Ints, Ints]:
    """Stretches by their first, those of a speaker that touch made one: else each piece would be there many times."""
    united: list[list[int]] = []
    latest: dict[int, list[int]] = {}
    for begin, end, who in zip(first.tolist(), last.tolist(), speaker.tolist(), strict=True):
        own = latest.get(who)
        if own is not None and begin <= own[1]:
            own[1] = max(own[1], end)
        else:
            latest[who] = [begin, end, who]
            united.append(latest[who])
    columns = np.array(united, dtype=np.int64)
    return columns[:, 0], columns[:, 1], columns[:, 2]


def pairs(first: Ints, last: Ints) -> tuple[Ints, Ints]:
    """All pairs (i, j) with first[i] <= j < last[i], by i. Raises MediaError for more than any recording has."""
    counts = last - first
    if counts.sum() > MOST_PAIRS:
        raise MediaError(f"Too many turns overlap: {counts.sum()} stretches of them; check who speaks when.")
    owner = np.repeat(np.arange(len(first)), counts)
    offset = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    return owner, first[owner] + offset


def totals(word: Ints, speaker: Ints, value: Floats) -> tuple[Ints, Ints, Floats]:
    """The sum of `value` for each word and speaker that occur together, by word, then in the order of occurrence.

    Sums are rounded, so that what is equal stays equal wherever in the recording it lies.
    """
    key = word * (int(speaker.max(initial=0)) + 1) + speaker
    by_key = np.argsort(key, kind="stable")  # quick, for keys come nearly sorted
    first = np.flatnonzero(np.diff(key[by_key], prepend=-1))
    occurrence = by_key[first]
    sums = np.add.reduceat(value[by_key], first).round(9) if len(first) else np.zeros(0)
    order = np.lexsort((occurrence, word[occurrence]))
    occurrence = occurrence[order]
    return word[occurrence], speaker[occurrence], sums[order]


def seconds_shared(spans: Spans, others: Spans) -> Floats:
    """Seconds that spans have in common, pair by pair."""
    shared: Floats = np.maximum(0.0, np.minimum(spans.end, others.end) - np.maximum(spans.start, others.start))
    return shared


def share_felt(words: Spans, turns: Spans, tolerance: float) -> Floats:
    """The share of each word that its turn fills, where the word's edges are uncertain by `tolerance` seconds.

    A word weighs 1 from its start to its end, and linearly less down to 0 at `tolerance` seconds outside it.
    """
    up_to_end = _weight(turns.end - words.start, words.length, tolerance)
    share: Floats = (up_to_end - _weight(turns.start - words.start, words.length, tolerance)) / (
        words.length + tolerance
    )
    return share


def _weight(time: Floats, length: Floats, tolerance: float) -> Floats:
    """The weight of words of `length` from the beginning up to `time` after their starts."""
    rising, falling = np.clip(time + tolerance, 0.0, tolerance), np.clip(time - length, 0.0, tolerance)
    weight: Floats = (rising**2 - falling**2) / (2 * tolerance) + falling + np.clip(time, 0.0, length)
    return weight
