"""Forced alignment: the frames of each word in the output of a CTC model. Pure: probabilities in, frames out.

The path is found by torchaudio's `forced_align` (Viterbi over the CTC graph). A word that has no symbols (a number, a
script that the model does not know) is a star: a symbol that matches anything, as in Pratap et al., Scaling Speech
Technology to 1,000+ Languages, 2023, section on alignment.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from .acoustics import LogProbs

STAR_LOG_PROB = -1.0
"""Log probability of a star in a frame: between those of absent and of present symbols."""

Frames = tuple[int, int]


def align(log_probs: LogProbs, words: Sequence[Sequence[int]], blank: int, between: int | None) -> list[Frames] | None:
    """Return the first frame of each word and the one after its last; None if the audio is too short for the words.

    `log_probs` has shape (frames, symbols); `words` are the symbols of each, by id. Spans are in order and do not
    overlap.
    """
    star = log_probs.shape[1]
    targets, owners = _targets(words, star, between)
    if not targets or len(log_probs) < len(targets) + sum(a == b for a, b in pairwise(targets)):
        return None
    path = _path(np.pad(log_probs, ((0, 0), (0, 1)), constant_values=STAR_LOG_PROB), targets, blank)
    spans: dict[int, Frames] = {}
    for first, last, owner in _runs(path, owners, blank):
        if owner is not None:
            spans[owner] = (spans.get(owner, (first, last))[0], last)
    return [spans[index] for index in range(len(words))]


def _targets(words: Sequence[Sequence[int]], star: int, between: int | None) -> tuple[list[int], list[int | None]]:
    """Return all symbols in order, and the index of the word of each (None: the symbol between two words)."""
    targets: list[int] = []
    owners: list[int | None] = []
    for index, symbols in enumerate(words):
        if index and between is not None:
            targets.append(between)
            owners.append(None)
        symbols = symbols or [star]
        targets += symbols
        owners += [index] * len(symbols)
    return targets, owners


def _path(log_probs: LogProbs, targets: Sequence[int], blank: int) -> list[int]:
    """Return the symbol of each frame on the best path."""
    import torch
    from torchaudio.functional import forced_align

    emission = torch.from_numpy(np.ascontiguousarray(log_probs))[None]
    path, _ = forced_align(emission, torch.tensor([list(targets)], dtype=torch.int32), blank=blank)
    found: list[int] = path[0].tolist()
    return found


def _runs(path: Sequence[int], owners: Sequence[int | None], blank: int) -> list[tuple[int, int, int | None]]:
    """Return the frames (first, after the last) of each target on a path, in order, and its owner."""
    runs: list[tuple[int, int, int | None]] = []
    number, before = -1, blank
    for frame, symbol in enumerate(path):
        if symbol != blank and symbol != before:
            number += 1
            runs.append((frame, frame + 1, owners[number]))
        elif symbol != blank:
            runs[-1] = (runs[-1][0], frame + 1, owners[number])
        before = symbol
    return runs
