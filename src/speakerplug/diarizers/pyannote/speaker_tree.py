"""Which turns sound alike: a tree over them, from what a pipeline shows its hook. It holds no voice, only an order.

Within each speaker that was found, turns are put into a few groups that could be voices of their own; then groups are
joined one after the other, first within a speaker, at last the speakers.
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
"""A turn with so much speech in it can found a group; shorter ones follow."""
ENOUGH_S = 4.0
"""A group that could be a voice of its own has so many seconds."""
GROUPS = 6
"""Of one speaker."""
CUTS = 40
"""How finely the turns of a speaker are divided in search of groups."""
FOUNDERS = 1000
"""Of more turns the longest found groups: the tree takes memory with the square of this."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Turns by number, the direction of their voice, and seconds of speech."""

    turns: Array
    direction: Array
    seconds: float


def voices_of(exclusive: Sequence[Turn], activity: Framed, embeddings: Array) -> SpeakerTree | None:
    """The groups of `exclusive` turns and the order in which they are joined; None where nothing can be said.

    `activity` is (windows, frames, tracks), how much each track talks, and `embeddings` are (windows, tracks,
    dimension), NaN for those that were not heard.
    """
    if not exclusive or not embeddings.size or activity.data.shape[::2] != embeddings.shape[:2]:
        return None
    names = list(dict.fromkeys(turn.speaker for turn in exclusive))
    speaker = np.array([names.index(turn.speaker) for turn in exclusive])
    heard, seconds = _heard(exclusive, speaker, activity, embeddings)
    if not seconds.any():
        return None
    by_speaker = [_groups(np.flatnonzero(speaker == who), heard, seconds) for who in range(len(names))]
    groups = [group for found in by_speaker for group in found]
    numbers = np.zeros(len(exclusive), dtype=int)
    for number, group in enumerate(groups):
        numbers[group.turns] = number
    first = np.cumsum([0, *map(len, by_speaker)])
    within = [_joins(found, int(start)) for found, start in zip(by_speaker, first, strict=False)]
    whole = [_joined(found) for found in by_speaker]
    roots = [int(start) for start in first[:-1]]
    inner = sorted((join for joins in within for join in joins), key=lambda join: join[0])
    outer = [(cost, roots[one], roots[other]) for cost, one, other in _joins(whole, 0)]
    return SpeakerTree(tuple(map(int, numbers)), tuple((one, other) for _, one, other in [*inner, *outer]))


def _heard(exclusive: Sequence[Turn], speaker: Array, activity: Framed, embeddings: Array) -> tuple[Array, Array]:
    """The summed voice of each turn, and the seconds behind it, in the tracks that sound as its speaker does.

    Embeddings are made units window by window, for those of a long recording are large.
    """

    def units(window: int) -> Array:
        """The voices of its tracks; nothing for those that were not heard."""
        return np.nan_to_num(_unit(embeddings[window]))

    shares = list(_shares(exclusive, activity, embeddings))
    centroids = np.zeros((int(speaker.max()) + 1, embeddings.shape[2]))
    for window, turns, share in shares:
        np.add.at(centroids, speaker[turns], share @ units(window))
    centroids = np.nan_to_num(_unit(centroids))
    heard, seconds = np.zeros((len(exclusive), embeddings.shape[2])), np.zeros(len(exclusive))
    for window, turns, share in shares:
        voices = units(window)
        own = share * ((voices @ centroids.T).argmax(axis=1) == speaker[turns, None])
        heard[turns] += own @ voices
        seconds[turns] += own.sum(axis=1)
    return heard, seconds * activity.step / activity.duration  # windows overlap: each second is heard so often


def _shares(exclusive: Sequence[Turn], activity: Framed, embeddings: Array) -> Iterator[tuple[int, slice, Array]]:
    """For each window the turns that it meets, and the seconds for which each track talks in each, (turns, tracks).

    Tracks that were not heard count for nothing.
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


def _groups(turns: Array, heard: Array, seconds: Array) -> list[_Group]:
    """The groups of one speaker's turns, the one with the most speech first; all turns are in one."""
    founders = turns[seconds[turns] >= LONG_S]
    founders = founders[np.argsort(-seconds[founders], kind="stable")[:FOUNDERS]]
    found = [_group(turns, heard, seconds)]
    if len(founders) > 1:
        from scipy.cluster.hierarchy import fcluster, linkage

        tree = linkage(_unit(heard[founders]), method="average", metric="cosine")
        for cuts in range(2, min(CUTS, len(founders)) + 1):
            labels = fcluster(tree, cuts, criterion="maxclust")
            parts = [_group(founders[labels == label], heard, seconds) for label in np.unique(labels)]
            large = [part for part in parts if part.seconds >= ENOUGH_S]
            if len(found) < len(large) <= GROUPS:
                found = large
    nearest = (heard[turns] @ np.stack([group.direction for group in found]).T).argmax(axis=1)
    parts = [_group(turns[nearest == number], heard, seconds) for number in range(len(found))]
    return sorted((part for part in parts if len(part.turns)), key=lambda part: -part.seconds)


def _group(turns: Array, heard: Array, seconds: Array) -> _Group:
    return _Group(turns, np.nan_to_num(_unit(heard[turns].sum(axis=0))), float(seconds[turns].sum()))


def _joined(groups: Sequence[_Group]) -> _Group:
    direction = np.sum([group.direction * group.seconds for group in groups], axis=0)
    turns = np.concatenate([group.turns for group in groups])
    return _Group(turns, np.nan_to_num(_unit(direction)), sum(group.seconds for group in groups))


def _joins(groups: Sequence[_Group], first: int) -> list[tuple[float, int, int]]:
    """The groups joined, always the two for which it costs least (Ward's): the cost, who stays, and who joins it.

    Costs never fall, so that joins of several speakers can be sorted. Groups are numbered from `first`.
    """
    there = dict(enumerate(groups, first))
    joins: list[tuple[float, int, int]] = []
    while len(there) > 1:
        pairs = [(one, other) for one in there for other in there if one < other]
        cost, one, other = min((_cost(there[one], there[other]), one, other) for one, other in pairs)
        joins.append((max([cost, *(join[0] for join in joins)]), one, other))
        there[one] = _joined([there[one], there.pop(other)])
    return joins


def _cost(one: _Group, other: _Group) -> float:
    weight = one.seconds * other.seconds / max(one.seconds + other.seconds, 1e-9)
    return float(weight * (1 - one.direction @ other.direction))


def _unit(vectors: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        units: Array = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return units


def voices_shown(kept: Kept, exclusive: Sequence[Turn]) -> SpeakerTree | None:
    """The same from what the steps of a pipeline have shown; None where they do not show enough."""
    activity, embeddings = kept.get(SUBSEGMENTS, kept.get("segmentation")), kept.get("embeddings")
    if not isinstance(activity, Framed) or activity.data.ndim != 3 or getattr(embeddings, "ndim", 0) != 3:
        return None
    return voices_of(exclusive, activity, np.asarray(embeddings))
