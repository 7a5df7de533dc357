"""Candidate speakers of each word, and how likely the turns alone make each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .activity import Floats, Ints, Spans, SpeakerTrack, pairs, tolerant_share, totals
from .overlap import nearest_turns
from .parameters import Model

MIN_WEIGHT = 0.1
"""The weight of a word of zero length."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Pairs of a word and a candidate speaker, by word, the likeliest first; `score` in nats."""

    word: Ints
    speaker: Ints
    score: Floats

    def first_of(self, words: int) -> Ints:
        """Return for each of `words` words, and once more after the last, the index of its first candidate."""
        return np.searchsorted(self.word, np.arange(words + 1))


def candidates(words: Spans, exclusive: SpeakerTrack, regular: SpeakerTrack, model: Model) -> Candidates:
    """Return the speakers active within `tolerance_s` of each word; where there is none, those of the nearest turns.

    Scores are log-likelihoods relative to a speaker without any speech near the word, times the word's weight.
    """
    weight = np.clip(words.length / model.full_weight_s, MIN_WEIGHT, 1.0)
    word, speaker, active = _activity(words, exclusive, regular, model)
    active_score = np.log(active / model.floor + 1)
    silent = np.flatnonzero(np.bincount(word, minlength=len(weight)) == 0)
    nearby, distance = nearest_turns(words.of(silent), exclusive)
    behind = (distance - distance.min(axis=1, keepdims=True, initial=np.inf)) / model.distance_s
    silent_score = np.log(1 / model.floor + 1) - behind
    near = silent_score > 0
    word = np.concatenate([word, np.repeat(silent, 2)[near.ravel()]])
    speaker = np.concatenate([speaker, nearby[near]])
    score = (np.concatenate([active_score, silent_score[near]]) * weight[word]).round(9)
    order = np.lexsort((-score, word))
    return Candidates(word[order], speaker[order], score[order])


def _activity(words: Spans, exclusive: SpeakerTrack, regular: SpeakerTrack, model: Model) -> tuple[Ints, Ints, Floats]:
    """Return word, speaker, and the share (0 to 1) of the word that the speaker covers, where that is above 0."""
    parts = []
    for track, share in ((exclusive, 1 - model.regular), (regular, model.regular)):
        first, last = track.reaching(words.widened(model.tolerance_s))
        word, turn = pairs(first, last)
        covered = share * tolerant_share(words.of(word), track.turns.of(turn), model.tolerance_s)
        parts.append((word, track.speaker[turn], covered))
    word, speaker, covered = (np.concatenate(column) for column in zip(*parts, strict=True))
    word, speaker, active = totals(word, speaker, covered)
    real = active > 0  # a turn that only just touches the tolerance has nothing left after rounding
    return word[real], speaker[real], active[real]
