"""The plain rule: a word belongs to whom it overlaps most by the exclusive turns, else to the nearest edge."""

from __future__ import annotations

import numpy as np

from .activity import Floats, Ints, Spans, Track, pairs, seconds_shared, totals


def by_overlap(words: Spans, exclusive: Track) -> Ints:
    """The speaker whose turns share most of each word; -1 for a word that no turn touches."""
    first, last = exclusive.reaching(words)
    speaker = exclusive.sole(first, last)
    several = np.flatnonzero((speaker < 0) & (last > first))
    owner, turn = pairs(first[several], last[several])
    seconds = seconds_shared(words.of(several[owner]), exclusive.turns.of(turn))
    word, candidate, seconds = totals(owner, exclusive.speaker[turn], seconds)
    by_lead = np.lexsort((-seconds, word))
    leaders = by_lead[np.flatnonzero(np.diff(word, prepend=-1))]
    speaker[several] = candidate[leaders]
    return speaker


def neighbors(words: Spans, exclusive: Track) -> tuple[Ints, Floats]:
    """The speakers of the last turn before and the first one after each word, and how far they are in seconds.

    For words that no turn touches; both (words, 2), and a missing turn is infinitely far.
    """
    turns, count = exclusive.turns, len(exclusive.speaker)
    after = np.searchsorted(turns.end, words.start, side="right")
    before = after - 1
    index = np.stack([np.maximum(before, 0), np.minimum(after, count - 1)], axis=1)
    distance = np.stack([words.start - turns.end[index[:, 0]], turns.start[index[:, 1]] - words.end], axis=1)
    distance = np.maximum(distance, 0.0).round(9)
    distance[before < 0, 0] = np.inf
    distance[after >= count, 1] = np.inf
    return exclusive.speaker[index], distance


def depth_inside(words: Spans, exclusive: Track, regular: Track) -> Floats:
    """How far each word is from the edges of the exclusive turn that it lies in; negative for every other word.

    A word lies in a turn only if nobody else talks during it, by the regular turns.
    """
    turns = exclusive.turns
    first, last = exclusive.reaching(words)
    turn = np.minimum(first, len(exclusive.speaker) - 1)
    heard_first, heard_last = regular.reaching(words)
    heard = regular.sole(heard_first, heard_last)
    alone = (last == first + 1) & ((heard == exclusive.speaker[turn]) | (heard_first == heard_last))
    depth = np.minimum(words.start - turns.start[turn], turns.end[turn] - words.end)
    return np.where(alone, depth, -1.0)
