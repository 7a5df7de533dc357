"""How sure a word's speaker is: a probability from what the turns show, and who else talks during the word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .activity import Floats, Ints, Spans, Track, pairs, seconds_shared, totals
from .candidates import Candidates
from .parameters import CALIBRATION, DEEP_S, FAR_S, LEAD, OTHERS_SHARE, SHARE_TOLERANCE


@dataclass(frozen=True, slots=True, eq=False)
class Company:
    """Pairs of a word and somebody who talks during it beside its speaker, with the share of the word, by word."""

    word: Ints
    speaker: Ints
    share: Floats


def company(words: Spans, index: Ints, speaker: Ints, regular: Track) -> Company:
    """Who talks, by the regular turns, during the words at `index` beside their `speaker`."""
    first, last = regular.reaching(words.of(index))
    owner, turn = pairs(first, last)
    seconds = seconds_shared(words.of(index[owner]), regular.turns.of(turn))
    word, who, seconds = totals(index[owner], regular.speaker[turn], seconds)
    kept = (who != speaker[word]) & (seconds > 0)
    word, who, seconds = word[kept], who[kept], seconds[kept]
    return Company(word, who, np.minimum(seconds / words.length[word], 1.0).round(9))


def talks_during(share: Floats) -> NDArray[np.bool_]:
    """Return whether somebody who fills these shares of another's words is among their `others`."""
    return np.asarray(share >= OTHERS_SHARE - SHARE_TOLERANCE)


def leads(found: Candidates, speaker: Ints) -> Floats:
    """By how much the score of each word's speaker exceeds that of the best other candidate; LEAD without candidates.

    Somebody who is no candidate scores 0.
    """
    own, rival = np.full(len(speaker), LEAD), np.zeros(len(speaker))
    chosen = found.speaker == speaker[found.word]
    own[found.word[chosen]] = found.score[chosen]
    np.maximum.at(rival, found.word[~chosen], found.score[~chosen])
    return own - rival


def features(lead: Floats, depth: Floats, beside: Company, off: Floats) -> Floats:
    """What tells how sure a word is, (words, 4): lead, depth in its turn, share of somebody else, seconds off."""
    share = np.zeros(len(lead))
    np.maximum.at(share, beside.word, beside.share)
    return np.stack([lead, np.clip(depth, 0.0, DEEP_S), share, np.minimum(off, FAR_S)], axis=1)


def probability(features: Floats, calibration: Sequence[float] = CALIBRATION) -> Floats:
    """The calibrated probability that a word has the right speaker: a logistic regression."""
    constant, *weights = calibration
    return np.asarray(1 / (1 + np.exp(-(constant + features @ np.array(weights)))), dtype=np.float64)
