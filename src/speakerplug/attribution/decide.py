"""Decisions from words and turns as arrays: speaker, method, features of the confidence, and overlapping speakers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from .activity import Floats, Ints, Spans, SpeakerTrack
from .candidates import candidates
from .confidence import OtherSpeakers, features, leads, other_speakers
from .overlap import by_overlap, depth_inside, nearest_turns
from .parameters import Model
from .viterbi import decode

EXACT, OVERLAP, NEAREST, SMOOTHED = range(4)
METHODS = ("exact", "overlap", "nearest", "smoothed")


@dataclass(frozen=True, slots=True, eq=False)
class Decisions:
    """For each word: the numbers of its `speaker` and `method`, and the `features` (words, 4) of its confidence.

    `others`: who else talks during words.
    """

    speaker: Ints
    method: Ints
    features: Floats
    others: OtherSpeakers


def decide(
    words: Spans, exclusive: SpeakerTrack, regular: SpeakerTrack, ends: Callable[[int], bool], model: Model
) -> Decisions:
    """Decide who says each word; `ends(i)` says whether a sentence ends before word i."""
    depth = depth_inside(words, exclusive, regular)
    overlapping = by_overlap(words, exclusive)
    open_words = np.flatnonzero(depth < 0)
    found = candidates(words.of(open_words), exclusive, regular, model)
    found = replace(found, word=open_words[found.word])
    cost = switch_costs(words, model)
    speaker = decode(
        np.where(depth < 0, -1, overlapping),
        found,
        cost,
        lambda word: 0.0 if ends(word) else float(cost[word]),
    )
    others = other_speakers(words, open_words, speaker, regular)
    untouched = np.flatnonzero(overlapping < 0)
    nearby, distance = nearest_turns(words.of(untouched), exclusive)
    off = np.zeros(len(speaker))
    off[untouched] = distance.min(axis=1, initial=np.inf)
    baseline = overlapping.copy()
    baseline[untouched] = nearby[np.arange(len(untouched)), distance.argmin(axis=1)]
    method = np.select([depth >= 0, speaker != baseline, overlapping < 0], [EXACT, SMOOTHED, NEAREST], OVERLAP)
    return Decisions(speaker, method, features(leads(found, speaker), depth, others, off), others)


def switch_costs(words: Spans, model: Model) -> Floats:
    """Return the cost of a speaker change at each word, where no sentence ends before it; 0 at the first word."""
    pause = np.abs(words.start[1:] - words.end[:-1])
    return np.append(0.0, model.switch_penalty * np.maximum(0.0, 1 - pause / model.pause_s))
