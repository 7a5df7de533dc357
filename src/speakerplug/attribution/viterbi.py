"""The likeliest sequence of speakers of consecutive words, by Viterbi's algorithm."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice

import numpy as np

from .activity import Floats, Ints
from .candidates import Candidates

EQUAL = 1e-7
"""Scores this close are equal: rounding of times changes the last bits of a score."""


def decode(given: Ints, found: Candidates, cost: Floats, exact_cost: Callable[[int], float]) -> Ints:
    """Return the speaker of every word: `given` where that is known, the likeliest where it is -1.

    `found` has candidates for the words that are not given. `cost[i]` is the upper bound of the cost of a speaker
    change
    at word i; `exact_cost(i)` computes it exactly, and is called only where evidence is weak. Where one candidate leads
    by more than a change to it and back can cost, it is chosen immediately: no path is likelier without it.
    """
    begin = found.first_of(len(given))
    speaker: Ints = given.copy()
    known = np.flatnonzero(begin[1:] > begin[:-1])
    speaker[known] = found.speaker[begin[known]]
    several = np.flatnonzero(begin[1:] - begin[:-1] > 1)
    lead = found.score[begin[several]] - found.score[begin[several] + 1]
    weak = several[lead < cost[several] + np.append(cost, 0.0)[several + 1]]
    scores, chosen = iter(_scores(found, begin, weak)), list[int]()
    for first, last in _runs(weak):
        # Every run has words around it that are certain, so runs do not depend on each other.
        before = int(speaker[first - 1]) if first else None
        after = int(speaker[last]) if last < len(speaker) else None
        changes = [exact_cost(word) for word in range(first, last)]
        changes.append(0.0 if after is None else exact_cost(last))
        chosen += likeliest(list(islice(scores, last - first)), changes, before, after)
    speaker[weak] = chosen
    return speaker


def _scores(found: Candidates, begin: Ints, words: Ints) -> list[dict[int, float]]:
    """Return the score of each candidate of some words; `begin` has the first candidate of every word, and one more."""
    # Lists, not arrays: a word has few candidates, and slicing an array costs more.
    speaker, score = found.speaker.tolist(), found.score.tolist()
    spans = zip(begin[words].tolist(), begin[words + 1].tolist(), strict=True)
    return [dict(zip(speaker[a:b], score[a:b], strict=True)) for a, b in spans]


def _runs(index: Ints) -> Iterator[tuple[int, int]]:
    """Yield runs of consecutive numbers: the first, and one past the last."""
    borders = np.flatnonzero(np.diff(index) != 1) + 1
    starts, ends = np.append(0, borders), np.append(borders, len(index))
    for first, last in zip(starts.tolist(), ends.tolist(), strict=True):
        if first < last:
            yield int(index[first]), int(index[last - 1]) + 1


def likeliest(
    scores: Sequence[Mapping[int, float]], changes: Sequence[float], before: int | None, after: int | None
) -> list[int]:
    """Return the speakers of a run of words that maximize the total score.

    `scores[i]` has the log-likelihood of each candidate speaker of word `i`. `changes` has the cost of a speaker change
    at each word, and once more at the word after the run; `before` and `after` are the speakers of the words around the
    run, None where there is none. O(words x speakers): a speaker either continues or takes over from the best. Ties go
    to the speaker who continues, else to the first in the mapping.
    Source: Viterbi, Error bounds for convolutional codes, IEEE Transactions on Information Theory, 1967.
    """
    paths: dict[int, float] = {} if before is None else {before: 0.0}
    origins: list[dict[int, int]] = []
    for own, cost in zip(scores, changes[:-1], strict=True):
        best = _best(paths) if paths else None
        taken_over = paths[best] - cost if best is not None else 0.0
        origin: dict[int, int] = {}
        arrived: dict[int, float] = {}
        for speaker, score in own.items():
            goes_on = paths.get(speaker)
            if goes_on is not None and goes_on > taken_over - EQUAL:
                origin[speaker], arrived[speaker] = speaker, score + goes_on
            else:
                origin[speaker], arrived[speaker] = -1 if best is None else best, score + taken_over
        paths = arrived
        origins.append(origin)
    last = _best({who: score - (changes[-1] if after not in (None, who) else 0.0) for who, score in paths.items()})
    chosen = [last]
    for origin in reversed(origins[1:]):
        chosen.append(origin[chosen[-1]])
    return chosen[::-1]


def _best(scores: Mapping[int, float]) -> int:
    """Return the speaker with the highest score; the first one of equals."""
    least = max(scores.values()) - EQUAL
    for speaker, score in scores.items():  # `next` of a generator takes twice as long
        if score > least:
            return speaker
    raise ValueError("No speaker has a score.")
