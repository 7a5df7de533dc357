"""Who may have said each word, and how likely the turns alone make it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .activity import Floats, Ints, Spans, Track, pairs, share_felt, totals
from .overlap import neighbors
from .parameters import Model

LIGHTEST = 0.1
"""The weight of a word that lasts no time at all."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Pairs of a word and somebody who may have said it, by word and the likeliest first; `score` in nats."""

    word: Ints
    speaker: Ints
    score: Floats

    def first_of(self, words: int) -> Ints:
        """For each of so many words, and once more after them, where its candidates begin."""
        return np.searchsorted(self.word, np.arange(words + 1))


def candidates(words: Spans, exclusive: Track, regular: Track, model: Model) -> Candidates:
    """Everybody active within `tolerance_s` of a word; where nobody is, whose turn is nearest before or after.

    Scores are log-likelihoods beside that of somebody who is not heard at all, times the word's weight.
    """
    weight = np.clip(words.length / model.full_weight_s, LIGHTEST, 1.0)
    word, speaker, active = _activity(words, exclusive, regular, model)
    active_score = np.log(active / model.floor + 1)
    silent = np.flatnonzero(np.bincount(word, minlength=len(weight)) == 0)
    nearby, distance = neighbors(words.of(silent), exclusive)
    behind = (distance - distance.min(axis=1, keepdims=True, initial=np.inf)) / model.distance_s
    silent_score = np.log(1 / model.floor + 1) - behind
    near = silent_score > 0
    word = np.concatenate([word, np.repeat(silent, 2)[near.ravel()]])
    speaker = np.concatenate([speaker, nearby[near]])
    score = (np.concatenate([active_score, silent_score[near]]) * weight[word]).round(9)
    order = np.lexsort((-score, word))
    return Candidates(word[order], speaker[order], score[order])


def _activity(words: Spans, exclusive: Track, regular: Track, model: Model) -> tuple[Ints, Ints, Floats]:
    """Word, speaker, and how much of the word the speaker fills (0 to 1), where that is anything."""
    parts = []
    for track, share in ((exclusive, 1 - model.regular), (regular, model.regular)):
        first, last = track.reaching(words.widened(model.tolerance_s))
        word, turn = pairs(first, last)
        felt = share * share_felt(words.of(word), track.turns.of(turn), model.tolerance_s)
        parts.append((word, track.speaker[turn], felt))
    word, speaker, felt = (np.concatenate(column) for column in zip(*parts, strict=True))
    word, speaker, active = totals(word, speaker, felt)
    real = active > 0  # a turn that only just touches the tolerance has nothing left after rounding
    return word[real], speaker[real], active[real]
