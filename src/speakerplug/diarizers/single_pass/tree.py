"""The speaker embeddings of turns, from those of the parts of speech segments, for the dendrogram of turns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..speaker_tree import unit_rows
from .engine import Passed
from .speakers import Speakers


def turn_embeddings(passed: Passed, speakers: Speakers) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the summed embedding of each exclusive turn, (turns, dimension), and its seconds, (turns,).

    Each part counts for the turns of its own speaker that it overlaps, by the seconds of the overlap.
    """
    turns = speakers.exclusive
    starts, ends = np.array([turn.start for turn in turns]), np.array([turn.end for turn in turns])
    speaker = np.array([speakers.names.index(turn.speaker) for turn in turns])
    sums, seconds = np.zeros((len(turns), speakers.centroids.shape[1])), np.zeros(len(turns))
    numbers = iter(speakers.parts.tolist())
    for each in passed.segments:
        edges = passed.grid.middles(each.edges)
        for start, end, vector in zip(edges, edges[1:], np.nan_to_num(unit_rows(each.embeddings)), strict=False):
            number = next(numbers)
            if number < 0 or not vector.any():
                continue
            near = slice(int(np.searchsorted(ends, start)), int(np.searchsorted(starts, end)))
            common = np.minimum(ends[near], end) - np.maximum(starts[near], start)
            shares = np.maximum(common, 0.0) * (speaker[near] == number)
            sums[near] += shares[:, None] * vector
            seconds[near] += shares
    return sums, seconds
