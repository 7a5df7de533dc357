"""The baseline: a word belongs to the speaker whose exclusive turns overlap it most, else to the nearest turn."""

from __future__ import annotations

import numpy as np

from .activity import Floats, Ints, Spans, SpeakerTrack, pairs, seconds_shared, totals


def by_overlap(words: Spans, exclusive: SpeakerTrack) -> Ints:
    """Return the speaker whose turns overlap each word most; -1 for a word that no turn touches."""
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


def nearest_turns(words: Spans, exclusive: SpeakerTrack) -> tuple[Ints, Floats]:
    """Return the speakers of the last turn before and the first turn after each word, and their distances in seconds.

    For words that no turn touches. Both arrays are (words, 2); the distance of a missing turn is infinite.
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


def depth_inside(words: Spans, exclusive: SpeakerTrack, regular: SpeakerTrack) -> Floats:
    """Return the distance of each word from the edges of the exclusive turn that contains it; -1 for every other word.

    A turn contains a word only if nobody else talks during it, by the regular turns.
    """
    turns = exclusive.turns
    first, last = exclusive.reaching(words)
    turn = np.minimum(first, len(exclusive.speaker) - 1)
    regular_first, regular_last = regular.reaching(words)
    sole = regular.sole(regular_first, regular_last)
    alone = (last == first + 1) & ((sole == exclusive.speaker[turn]) | (regular_first == regular_last))
    depth = np.minimum(words.start - turns.start[turn], turns.end[turn] - words.end)
    return np.where(alone, depth, -1.0)
