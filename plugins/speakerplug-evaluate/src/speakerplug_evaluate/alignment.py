"""The alignment of two sequences of words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from speakerplug.plugin import Word

from .timing import middle

Pair = tuple[int | None, int | None]
"""Indices of an aligned reference and hypothesis word; None for a missing one."""

FAR_S = 10.0
"""Cap on the distance of words in time, when alignments of the same edit distance are compared."""


def align(reference: Sequence[Word], hypothesis: Sequence[Word]) -> tuple[Pair, ...]:
    """Return the alignment of two word sequences with the fewest edits, regardless of speakers.

    Levenshtein on the word texts; of all alignments with the fewest insertions, deletions and substitutions, one whose
    paired words are nearest in time (a word without times is near to all). Memory: one byte per pair of words.
    """
    moves = _moves(reference, hypothesis)
    i, j = len(reference), len(hypothesis)
    pairs: list[Pair] = []
    while i or j:
        move = moves[i, j]
        i, j = i - int(move != _INSERT), j - int(move != _DELETE)
        pairs.append((None if move == _INSERT else i, None if move == _DELETE else j))
    return tuple(reversed(pairs))


_PAIR, _DELETE, _INSERT = 0, 1, 2


def _moves(reference: Sequence[Word], hypothesis: Sequence[Word]) -> npt.NDArray[np.uint8]:
    """Return the last move of the best alignment of every two prefixes, (len(reference) + 1, len(hypothesis) + 1)."""
    ids = {text: number for number, text in enumerate({word.text for word in (*reference, *hypothesis)})}
    texts = np.array([ids[word.text] for word in hypothesis], dtype=np.int64)
    times = np.array([middle(word) for word in hypothesis], dtype=np.float64)
    steps = np.arange(len(hypothesis) + 1, dtype=np.float64)
    # All distances in time together weigh less than one edit, so that they only break ties.
    weight = 0.5 / (min(len(reference), len(hypothesis)) + 1)
    moves = np.full((len(reference) + 1, len(hypothesis) + 1), _INSERT, dtype=np.uint8)
    moves[:, 0] = _DELETE
    costs = steps
    for row, word in enumerate(reference, start=1):
        far = np.nan_to_num(np.minimum(np.abs(times - middle(word)), FAR_S)) / FAR_S
        paired = costs[:-1] + (texts != ids[word.text]) + weight * far
        deleted = costs + 1
        best = deleted.copy()
        best[1:] = np.minimum(best[1:], paired)
        # An insertion adds 1 to the cell on the left: the running minimum of what remains without those steps.
        costs = np.minimum.accumulate(best - steps) + steps
        moves[row, 1:] = np.where(paired <= deleted[1:], _PAIR, _DELETE)
        moves[row, 1:][costs[1:] < best[1:] - 1e-9] = _INSERT
    return moves
