"""Another number of speakers for a saved transcript, by the similarity of its speakers; no model, no audio."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, groupby

from ..errors import UsageError
from ..transcript import Diarization, SpeakerTree, Transcript, Turn
from .assign import assign_speakers
from .speaker_numbers import renamed, speaker_numbers

HINT = "transcribe the recording again with --num-speakers {}"


def recluster(transcript: Transcript, num_speakers: int) -> Transcript:
    """Return the transcript with `num_speakers` speakers: turns relabeled, words attributed again.

    A speaker's name stays with the cluster that has most of their speech, and so does an id that is a name; numbered
    ids are given anew, in the order in which the speakers first speak. The number that is there already changes
    nothing. Raises UsageError where the speaker tree of the transcript cannot give that number.
    """
    tree, exclusive = transcript.speaker_tree, transcript.exclusive
    if num_speakers == speaker_count(transcript):
        return transcript
    hint = HINT.format(num_speakers)
    if tree is None or len(tree.groups) != len(exclusive):
        raise UsageError(f"It has no speaker tree, which older versions and other diarizers do not write; {hint}.")
    known = range(len(tree.joins) + 1)
    if not all(group in known for group in (*tree.groups, *chain.from_iterable(tree.joins))):
        raise UsageError(f"Its speaker tree is damaged; {hint}.")
    if num_speakers > len(known):
        raise UsageError(f"It can distinguish at most {len(known)} speakers; {hint}.")
    cluster = _cut(tree, num_speakers)
    ids = _ids(exclusive, cluster)
    relabels = [replace(turn, speaker=ids[number]) for turn, number in zip(exclusive, cluster, strict=True)]
    own = _by_speaker(exclusive, relabels)
    turns = tuple(part for turn in transcript.turns for part in _regular(turn, own.get(turn.speaker, ())))
    diarization = Diarization(turns, tuple(relabels), speaker_tree=tree)
    numbers, left = speaker_numbers(diarization), diarization.speakers
    named = {speaker.id: speaker.name for speaker in transcript.speakers if speaker.name != speaker.id}
    names = {numbers.get(speaker, speaker): name for speaker, name in named.items() if speaker in left}
    return assign_speakers(transcript, renamed(diarization, numbers), names)


def speaker_count(transcript: Transcript) -> int:
    """Return how many speakers have turns; those who only ever talk over others do not count."""
    return len({turn.speaker for turn in transcript.exclusive or transcript.turns})


def speaker_count_within(there: int, num: int | None, low: int | None, high: int | None) -> int:
    """Return the wanted number of speakers: `num`, or as many as `there` are, within the bounds."""
    return num if num is not None else min(max(there, low or there), max(high or there, low or 1))


def _cut(tree: SpeakerTree, number: int) -> list[int]:
    """Return the cluster of each exclusive turn: cut the tree where `number` clusters are left."""
    root = list(range(len(tree.joins) + 1))
    for stays, joins in reversed(tree.joins[: len(root) - number]):  # so that what becomes of `stays` is known
        root[joins] = root[stays]
    return [root[group] for group in tree.groups]


def _ids(exclusive: Sequence[Turn], cluster: Sequence[int]) -> dict[int, str]:
    """Return the id of each cluster: that of the speaker with most of its speech, or a free one."""
    shared: dict[tuple[int, str], float] = {}
    for turn, number in zip(exclusive, cluster, strict=True):
        shared[number, turn.speaker] = shared.get((number, turn.speaker), 0.0) + turn.duration
    ids: dict[int, str] = {}
    taken: set[str] = set()
    for number, speaker in sorted(shared, key=lambda pair: -shared[pair]):
        if number not in ids and speaker not in taken:
            ids[number] = speaker
            taken.add(speaker)
    known = {turn.speaker for turn in exclusive}
    free = (f"SPEAKER_{n:02d}" for n in range(len(exclusive) + len(known)) if f"SPEAKER_{n:02d}" not in known)
    return {number: ids.get(number) or next(free) for number in dict.fromkeys(cluster)}


Relabels = Sequence[tuple[Turn, Turn]]
"""Exclusive turns of one speaker by start, as pairs: before and after."""


def _by_speaker(before: Sequence[Turn], after: Sequence[Turn]) -> Mapping[str, Relabels]:
    own: dict[str, list[tuple[Turn, Turn]]] = {}
    for was, now in sorted(zip(before, after, strict=True), key=lambda pair: pair[0].start):
        own.setdefault(was.speaker, []).append((was, now))
    return own


def _regular(turn: Turn, own: Relabels) -> Iterator[Turn]:
    """Yield a regular turn, cut where the exclusive turns of its speaker within it now belong to different clusters.

    Where there is none within, the nearest in time decides.
    """
    first = bisect_right(own, turn.start, key=lambda pair: pair[0].end)
    within = own[first : bisect_left(own, turn.end, key=lambda pair: pair[0].start)]
    if not within:
        around = own[max(first - 1, 0) : first + 1]
        near = min(around, key=lambda pair: max(pair[0].start - turn.end, turn.start - pair[0].end), default=None)
        yield turn if near is None else replace(turn, speaker=near[1].speaker)
        return
    runs = [(speaker, next(run)[0].start) for speaker, run in groupby(within, key=lambda pair: pair[1].speaker)]
    edges = [turn.start, *(start for _, start in runs[1:]), turn.end]
    for (speaker, _), start, end in zip(runs, edges, edges[1:], strict=False):
        yield Turn(start, end, speaker)
