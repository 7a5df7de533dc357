"""From words and turns as arrays to decisions: speaker, how that was found, how sure it is, and who else talks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from .activity import Floats, Ints, Spans, Track
from .candidates import candidates
from .confidence import Company, company, features, leads
from .overlap import by_overlap, depth_inside, neighbors
from .parameters import Model
from .viterbi import decode

EXACT, OVERLAP, NEAREST, SMOOTHED = range(4)
METHODS = ("exact", "overlap", "nearest", "smoothed")


@dataclass(frozen=True, slots=True, eq=False)
class Decisions:
    """For each word: the number of its `speaker`, of its `method`, and the `features` (words, 4) of its confidence.

    `beside`: who talks during words beside their speaker.
    """

    speaker: Ints
    method: Ints
    features: Floats
    beside: Company


def decide(words: Spans, exclusive: Track, regular: Track, ends: Callable[[int], bool], model: Model) -> Decisions:
    """Who says each word; `ends(i)` says whether a sentence ends before word i."""
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
    beside = company(words, open_words, speaker, regular)
    untouched = np.flatnonzero(overlapping < 0)
    nearby, distance = neighbors(words.of(untouched), exclusive)
    off = np.zeros(len(speaker))
    off[untouched] = distance.min(axis=1, initial=np.inf)
    plain = overlapping.copy()
    plain[untouched] = nearby[np.arange(len(untouched)), distance.argmin(axis=1)]
    method = np.select([depth >= 0, speaker != plain, overlapping < 0], [EXACT, SMOOTHED, NEAREST], OVERLAP)
    return Decisions(speaker, method, features(leads(found, speaker), depth, beside, off), beside)


def switch_costs(words: Spans, model: Model) -> Floats:
    """What another speaker than before costs at each word, where no sentence ends; nothing at the first."""
    pause = np.abs(words.start[1:] - words.end[:-1])
    return np.append(0.0, model.switch_penalty * np.maximum(0.0, 1 - pause / model.pause_s))
