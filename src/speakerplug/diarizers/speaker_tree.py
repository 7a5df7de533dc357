"""Build a dendrogram of turns by speaker similarity, from the speaker embedding of each turn.

The turns of each speaker are split into a few groups that could be separate speakers; then groups are merged one by
one, first those of a speaker, last the speakers. The tree contains the order of merges, and no speaker embedding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..transcript import SpeakerTree, Turn

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


def speaker_tree(exclusive: Sequence[Turn], sums: Array, seconds: Array) -> SpeakerTree | None:
    """Return the groups of `exclusive` turns and the order in which they are merged; None without any embedding.

    `sums` (turns, dimension) are the embeddings of each turn, summed over `seconds` (turns,) of speech.
    """
    if not exclusive or not seconds.any():
        return None
    names = list(dict.fromkeys(turn.speaker for turn in exclusive))
    speaker = np.array([names.index(turn.speaker) for turn in exclusive])
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


def _groups(turns: Array, sums: Array, seconds: Array) -> list[_Group]:
    """Return the groups of one speaker's turns, the one with the most speech first; each turn is in one of them."""
    seeds = turns[seconds[turns] >= LONG_S]
    seeds = seeds[np.argsort(-seconds[seeds], kind="stable")[:MAX_SEEDS]]
    found = [_group(turns, sums, seconds)]
    if len(seeds) > 1:
        from scipy.cluster.hierarchy import fcluster, linkage

        tree = linkage(unit_rows(sums[seeds]), method="average", metric="cosine")
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
    return _Group(turns, np.nan_to_num(unit_rows(sums[turns].sum(axis=0))), float(seconds[turns].sum()))


def _merged(groups: Sequence[_Group]) -> _Group:
    direction = np.sum([group.direction * group.seconds for group in groups], axis=0)
    turns = np.concatenate([group.turns for group in groups])
    return _Group(turns, np.nan_to_num(unit_rows(direction)), sum(group.seconds for group in groups))


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


def unit_rows(vectors: Array) -> Array:
    """Return the rows with length 1, NaN for those that have none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        units: Array = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return units
