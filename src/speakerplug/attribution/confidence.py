"""Speaker confidence: a calibrated probability from what the turns show, and who else talks during a word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .activity import Floats, Ints, Spans, SpeakerTrack, pairs, seconds_shared, totals
from .candidates import Candidates
from .parameters import CALIBRATION, DEEP_S, FAR_S, LEAD, OTHERS_SHARE, SHARE_TOLERANCE


@dataclass(frozen=True, slots=True, eq=False)
class OtherSpeakers:
    """Pairs of a word and another speaker who talks during it, by word, with the share (0 to 1) of the word."""

    word: Ints
    speaker: Ints
    share: Floats


def other_speakers(words: Spans, index: Ints, speaker: Ints, regular: SpeakerTrack) -> OtherSpeakers:
    """Return who else talks during the words at `index`, besides their `speaker`, by the regular turns."""
    first, last = regular.reaching(words.of(index))
    owner, turn = pairs(first, last)
    seconds = seconds_shared(words.of(index[owner]), regular.turns.of(turn))
    word, who, seconds = totals(index[owner], regular.speaker[turn], seconds)
    kept = (who != speaker[word]) & (seconds > 0)
    word, who, seconds = word[kept], who[kept], seconds[kept]
    return OtherSpeakers(word, who, np.minimum(seconds / words.length[word], 1.0).round(9))


def talks_during(share: Floats) -> NDArray[np.bool_]:
    """Return whether speakers who cover these shares of a word count as talking during it."""
    return np.asarray(share >= OTHERS_SHARE - SHARE_TOLERANCE)


def leads(found: Candidates, speaker: Ints) -> Floats:
    """Return by how much each word's speaker outscores the best other candidate (nats); LEAD without candidates.

    A speaker who is no candidate scores 0.
    """
    own, rival = np.full(len(speaker), LEAD), np.zeros(len(speaker))
    chosen = found.speaker == speaker[found.word]
    own[found.word[chosen]] = found.score[chosen]
    np.maximum.at(rival, found.word[~chosen], found.score[~chosen])
    return own - rival


def features(lead: Floats, depth: Floats, others: OtherSpeakers, distance: Floats) -> Floats:
    """Return the features of confidence (words, 4): lead, depth in the turn, share of others, distance from a turn."""
    share = np.zeros(len(lead))
    np.maximum.at(share, others.word, others.share)
    return np.stack([lead, np.clip(depth, 0.0, DEEP_S), share, np.minimum(distance, FAR_S)], axis=1)


def probability(features: Floats, calibration: Sequence[float] = CALIBRATION) -> Floats:
    """Return the probability that each word has the right speaker, by logistic regression."""
    constant, *weights = calibration
    return np.asarray(1 / (1 + np.exp(-(constant + features @ np.array(weights)))), dtype=np.float64)
