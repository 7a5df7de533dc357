"""Give every part of a speech segment a speaker, and make turns of that."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ...plugin.roles import DiarizationRequest
from ...transcript import Turn
from ..speaker_tree import unit_rows
from .clustering import Vectors, distances
from .engine import Passed
from .turns import Activity, SpokenPart, activity, turns_of

log = logging.getLogger(__name__)

PHANTOM_S = 0.5
"""A speaker who is the only one for less than this many seconds is dropped."""
BLOCK = 4096
"""Speaker embeddings that are compared in one step."""


@dataclass(frozen=True, slots=True, eq=False)
class Speakers:
    """Who speaks when: `names`, the `centroids` of their speaker embeddings (speakers, dimension), and the turns.

    `parts` has the speaker of each part of all segments, -1 for none; `active` is (frames, speakers). `plausible` are
    the least and the greatest plausible number of speakers; None without doubt.
    """

    names: tuple[str, ...]
    centroids: Vectors
    parts: NDArray[np.intp]
    active: Activity
    turns: tuple[Turn, ...]
    exclusive: tuple[Turn, ...]
    plausible: tuple[int, int] | None = None


class SpeakerClustering(Protocol):
    """Finds the speakers of a recording by the speaker embeddings of its parts."""

    def speakers(self, units: Vectors, seconds: Vectors, low: int, high: int) -> tuple[Vectors, list[int]]:
        """Return the centroids of `low` to `high` speakers, and other plausible numbers of speakers.

        `units` (parts, dimension) are unit vectors, and `seconds` (parts,) the clean speech behind each.
        """


def speakers_of(
    passed: Passed,
    clustering: SpeakerClustering,
    request: DiarizationRequest,
    *,
    shortest_s: float,
    pause_s: float = 0.0,
) -> Speakers:
    """Return the speakers of a recording; parts of at least `shortest_s` seconds take part in finding them.

    The number of speakers is kept within the bounds of the request, given enough speech.
    """
    vectors = np.vstack([each.embeddings for each in passed.segments] or [np.zeros((0, 1), np.float32)])
    clean_s = np.concatenate([each.clean_s for each in passed.segments] or [np.zeros(0)])
    units = unit_rows(vectors)
    valid = np.asarray(np.isfinite(units).all(axis=1))
    low = request.num_speakers or request.min_speakers or 1
    high = request.num_speakers or request.max_speakers or max(len(units), 1)
    used = _used(np.where(valid, clean_s, 0.0), shortest_s, low)
    if len(used):
        centroids, others = clustering.speakers(units[used], clean_s[used], min(low, len(used)), max(high, 1))
    else:
        centroids, others = np.zeros((1, vectors.shape[1])), []
    parts = _nearest(units, centroids, valid, everybody=not len(used))
    limit = min(high, 255)
    alone = _alone(passed, parts, len(centroids))
    real = alone.sum(axis=0) * passed.grid.frame_step_s >= PHANTOM_S
    if low <= real.sum() < len(real):
        others = [max(number - int((~real).sum()), 1) for number in others]
        centroids = centroids[real]
        parts = _nearest(units, centroids, valid)
        alone = _alone(passed, parts, len(centroids))
    doubt = doubt_about(len(centroids), others)
    if doubt:
        log.warning("%s", doubt)
    numbers = {len(centroids), *others}
    plausible = (min(numbers), max(numbers)) if doubt else None
    return replace(_with_turns(passed, parts, centroids, alone, limit, pause_s), plausible=plausible)


def _used(clean_s: NDArray[np.float64], shortest_s: float, wanted: int) -> NDArray[np.intp]:
    """Return the parts that are long enough to find speakers by, or all with speech if these are too few."""
    long = np.flatnonzero(clean_s >= shortest_s)
    return long if len(long) >= wanted else np.flatnonzero(clean_s > 0)


def _nearest(units: Vectors, centroids: Vectors, valid: NDArray[np.bool_], everybody: bool = False) -> NDArray[np.intp]:
    """Return the nearest speaker of each part, -1 for a part without an embedding; with `everybody`, the first."""
    found = np.full(len(units), 0 if everybody else -1, dtype=np.intp)
    for first in range(0, len(units) if not everybody else 0, BLOCK):
        rows = first + np.flatnonzero(valid[first : first + BLOCK])
        if len(rows):
            found[rows] = distances(units[rows], centroids).argmin(axis=1)
    return found


def _alone(passed: Passed, parts: NDArray[np.intp], speakers: int) -> Activity:
    """Return who has the most votes in each frame, (frames, speakers)."""
    return activity(_spoken(passed, parts), np.minimum(passed.count, 1), speakers)


def _spoken(passed: Passed, parts: NDArray[np.intp]) -> Iterator[SpokenPart]:
    speakers = iter(parts.tolist())
    for each in passed.segments:
        first = each.segment.first
        for start, end in zip(each.edges, each.edges[1:], strict=False):
            speaker = next(speakers)
            if speaker >= 0:
                yield SpokenPart(int(start), each.segment.votes[start - first : end - first], speaker)


def _with_turns(
    passed: Passed, parts: NDArray[np.intp], centroids: Vectors, alone: Activity, limit: int, pause_s: float
) -> Speakers:
    """Return the speakers with turns, numbered as pyannote.audio does: without those who have none."""
    everybody = len(centroids)
    active = activity(_spoken(passed, parts), np.minimum(passed.count, limit), everybody)
    talking = np.flatnonzero(active[:-1].any(axis=0))  # what is active in the last frame only has no length
    names = tuple(f"SPEAKER_{number:02}" for number in range(len(talking)))
    number = np.full(everybody + 1, -1)
    number[talking] = np.arange(len(talking))
    turns = turns_of(active[:, talking], passed.grid, names, pause_s)
    exclusive = turns_of(alone[:, talking], passed.grid, names, pause_s)
    return Speakers(names, centroids[talking], number[parts], active[:, talking], turns, exclusive)


def doubt_about(found: int, others: Iterable[int]) -> str | None:
    """Return a sentence that names the other numbers of speakers; None if there are none."""
    rest = [str(number) for number in sorted(set(others) - {found}) if number > 0]
    if not rest:
        return None
    listed = " or ".join(filter(None, [", ".join(rest[:-1]), rest[-1]]))
    speakers = "1 speaker" if found == 1 else f"{found} speakers"
    return f"Found {speakers}; it may also be {listed}: give --num-speakers if you know."
