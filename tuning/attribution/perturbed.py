"""Turns as other diarizers could return them: the true ones with shifted edges, and turns missed or confused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from speakerplug.attribution import exclusive_of
from speakerplug.transcript import Diarization, Turn, Word

PAUSE_S = 0.3
"""A speaker's words are one turn over pauses up to this, as in the references of the open recordings."""


@dataclass(frozen=True, slots=True)
class Slip:
    """How wrong turns are: mean shift of an edge in seconds, and the chance that a turn has the wrong speaker.

    `lost` is the chance that a turn under a second is missed; `bridged` the pause (seconds) over which a speaker's
    turns are joined.
    """

    edge_s: float = 0.0
    lost: float = 0.0
    mistaken: float = 0.0
    bridged: float = PAUSE_S


SLIPS = (Slip(), Slip(0.1), Slip(0.2, 0.2, 0.02), Slip(0.15, 0.5, 0.05, 1.0))


def perturbed(truth: Sequence[Word], slip: Slip, seed: int) -> Diarization:
    """Return the turns of the true words, perturbed by `slip`; the same seed gives the same turns."""
    chance = np.random.default_rng(seed)
    speakers = sorted({str(word.speaker) for word in truth})
    found = []
    for speaker in speakers:
        for start, end in _joined([w for w in truth if w.speaker == speaker], slip.bridged):
            if end - start < 1.0 and chance.random() < slip.lost:
                continue
            first, last = start + chance.laplace(0, slip.edge_s), end + chance.laplace(0, slip.edge_s)
            who = str(chance.choice(speakers)) if chance.random() < slip.mistaken else speaker
            if last > max(0.0, first):
                found.append(Turn(max(0.0, first), last, who))
    turns = tuple(sorted(found, key=lambda turn: (turn.start, turn.end)))
    return Diarization(turns, exclusive_of(turns))


def _joined(words: Sequence[Word], pause: float) -> list[tuple[float, float]]:
    spans: list[tuple[float, float]] = []
    for start, end in sorted((word.start or 0.0, word.end or 0.0) for word in words):
        if spans and start - spans[-1][1] <= pause:
            spans[-1] = spans[-1][0], max(end, spans[-1][1])
        else:
            spans.append((start, end))
    return spans
