"""Build a dendrogram of turns by speaker similarity, from the intermediate results of a pipeline.

The turns of each speaker are split into a few groups that could be separate speakers; then groups are merged one by
one, first those of a speaker, last the speakers. The tree contains the order of merges, and no speaker embedding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...transcript import SpeakerTree, Turn
from ..artifacts import Framed
from .hook import SUBSEGMENTS, Kept

Array = NDArray[Any]

LONG_S = 1.0
"""Seconds of speech from which a turn can seed a group; shorter turns join the nearest one."""
MIN_GROUP_S = 4.0
"""Seconds of speech from which a group could be a separate speaker."""
MAX_GROUPS = 6
"""Maximum number of groups of one speaker."""
MAX_CLUSTERS = 40
"""Maximum number of clusters into which the turns of a speaker are cut in search of groups."""
MAX_SEEDS = 1000
"""Maximum number of turns that seed groups, the longest ones: clustering takes memory with its square."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Turns by number, their mean speaker embedding as a unit vector, and seconds of speech."""

    turns: Array
    direction: Array
    seconds: float


def speaker_tree(exclusive: Sequence[Turn], activity: Framed, embeddings: Array) -> SpeakerTree | None:
    """Return the groups of `exclusive` turns and the order in which they are merged; None without usable embeddings.

    `activity` is that of each track, (windows, frames, tracks), and `embeddings` are its speaker embeddings, (windows,
    tracks, dimension), NaN for tracks without one.
    """
    if not exclusive or not embeddings.size or activity.data.shape[::2] != embeddings.shape[:2]:
        return None
    names = list(dict.fromkeys(turn.speaker for turn in exclusive))
    speaker = np.array([names.index(turn.speaker) for turn in exclusive])
    sums, seconds = _turn_embeddings(exclusive, speaker, activity, embeddings)
    if not seconds.any():
        return None
    by_speaker = [_groups(np.flatnonzero(speaker == who), sums, seconds) for who in range(len(names))]
    groups = [group for found in by_speaker for group in found]
    numbers = np.zeros(len(exclusive), dtype=int)
    for number, group in enumerate(groups):
        numbers[group.turns] = number
    first = np.cumsum([0, *map(len, by_speaker)])
    within = [_merges(found, int(start)) for found, start in zip(by_speaker, first, strict=False)]
    whole = [_merged(found) for found in by_speaker]
    roots = [int(start) for start in first[:-1]]
    inner = sorted((merge for merges in within for merge in merges), key=lambda merge: merge[0])
    outer = [(cost, roots[one], roots[other]) for cost, one, other in _merges(whole, 0)]
    return SpeakerTree(tuple(map(int, numbers)), tuple((one, other) for _, one, other in [*inner, *outer]))


def _turn_embeddings(
    exclusive: Sequence[Turn], speaker: Array, activity: Framed, embeddings: Array
) -> tuple[Array, Array]:
    """Return the summed embedding of each turn, and its seconds, over the tracks that are nearest to its speaker.

    Embeddings are normalized window by window, because those of a long recording are large.
    """

    def units(window: int) -> Array:
        """Return the unit embeddings of the tracks of a window; zeros for those without one."""
        return np.nan_to_num(_unit(embeddings[window]))

    shares = list(_shares(exclusive, activity, embeddings))
    centroids = np.zeros((int(speaker.max()) + 1, embeddings.shape[2]))
    for window, turns, share in shares:
        np.add.at(centroids, speaker[turns], share @ units(window))
    centroids = np.nan_to_num(_unit(centroids))
    sums, seconds = np.zeros((len(exclusive), embeddings.shape[2])), np.zeros(len(exclusive))
    for window, turns, share in shares:
        vectors = units(window)
        own = share * ((vectors @ centroids.T).argmax(axis=1) == speaker[turns, None])
        sums[turns] += own @ vectors
        seconds[turns] += own.sum(axis=1)
    return sums, seconds * activity.step / activity.duration  # each second lies in this many overlapping windows


def _shares(exclusive: Sequence[Turn], activity: Framed, embeddings: Array) -> Iterator[tuple[int, slice, Array]]:
    """Yield for each window the turns that overlap it, and the seconds of each track in each, (turns, tracks).

    Tracks without an embedding have zero seconds.
    """
    starts, ends = (np.array([getattr(turn, edge) for turn in exclusive]) for edge in ("start", "end"))
    windows, frames, _ = activity.data.shape
    length = activity.duration / frames
    for window in range(windows):
        begin = activity.start + window * activity.step
        turns = slice(*(int(np.searchsorted(*edge)) for edge in ((ends, begin), (starts, begin + activity.duration))))
        if turns.start >= turns.stop:
            continue
        talk = np.cumsum(np.nan_to_num(activity.data[window]), axis=0, dtype=np.float64)
        upto = np.vstack([np.zeros(talk.shape[1]), talk])
        first, last = (
            np.clip(np.rint((edge[turns] - begin) / length), 0, frames).astype(int) for edge in (starts, ends)
        )
        known = np.isfinite(_unit(embeddings[window])).all(axis=1)
        yield window, turns, (upto[last] - upto[first]) * known * length


def _groups(turns: Array, sums: Array, seconds: Array) -> list[_Group]:
    """Return the groups of one speaker's turns, the one with the most speech first; each turn is in one of them."""
    seeds = turns[seconds[turns] >= LONG_S]
    seeds = seeds[np.argsort(-seconds[seeds], kind="stable")[:MAX_SEEDS]]
    found = [_group(turns, sums, seconds)]
    if len(seeds) > 1:
        from scipy.cluster.hierarchy import fcluster, linkage

        tree = linkage(_unit(sums[seeds]), method="average", metric="cosine")
        for count in range(2, min(MAX_CLUSTERS, len(seeds)) + 1):
            labels = fcluster(tree, count, criterion="maxclust")
            parts = [_group(seeds[labels == label], sums, seconds) for label in np.unique(labels)]
            large = [part for part in parts if part.seconds >= MIN_GROUP_S]
            if len(found) < len(large) <= MAX_GROUPS:
                found = large
    nearest = (sums[turns] @ np.stack([group.direction for group in found]).T).argmax(axis=1)
    parts = [_group(turns[nearest == number], sums, seconds) for number in range(len(found))]
    return sorted((part for part in parts if len(part.turns)), key=lambda part: -part.seconds)


def _group(turns: Array, sums: Array, seconds: Array) -> _Group:
    return _Group(turns, np.nan_to_num(_unit(sums[turns].sum(axis=0))), float(seconds[turns].sum()))


def _merged(groups: Sequence[_Group]) -> _Group:
    direction = np.sum([group.direction * group.seconds for group in groups], axis=0)
    turns = np.concatenate([group.turns for group in groups])
    return _Group(turns, np.nan_to_num(_unit(direction)), sum(group.seconds for group in groups))


def _merges(groups: Sequence[_Group], first: int) -> list[tuple[float, int, int]]:
    """Return the merges of the groups, lowest cost (Ward's) first: cost, the group that stays, the one that joins it.

    Costs never decrease, so that the merges of several speakers can be sorted. Groups are numbered from `first`.
    """
    remaining = dict(enumerate(groups, first))
    merges: list[tuple[float, int, int]] = []
    while len(remaining) > 1:
        pairs = [(one, other) for one in remaining for other in remaining if one < other]
        cost, one, other = min((_cost(remaining[one], remaining[other]), one, other) for one, other in pairs)
        merges.append((max([cost, *(merge[0] for merge in merges)]), one, other))
        remaining[one] = _merged([remaining[one], remaining.pop(other)])
    return merges


def _cost(one: _Group, other: _Group) -> float:
    weight = one.seconds * other.seconds / max(one.seconds + other.seconds, 1e-9)
    return float(weight * (1 - one.direction @ other.direction))


def _unit(vectors: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        units: Array = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return units


def tree_of_run(kept: Kept, exclusive: Sequence[Turn]) -> SpeakerTree | None:
    """Return the tree from the results that the hook kept of a run; None if they are not enough."""
    activity, embeddings = kept.get(SUBSEGMENTS, kept.get("segmentation")), kept.get("embeddings")
    if not isinstance(activity, Framed) or activity.data.ndim != 3 or getattr(embeddings, "ndim", 0) != 3:
        return None
    return speaker_tree(exclusive, activity, np.asarray(embeddings))
