"""Speakers that a person corrected: words and the turns under them. Pure: a transcript in, a complete new one out."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from ..errors import UsageError
from ..transcript import SpeakerTree, Transcript, Turn, Word

METHOD = "reader"
"""The `method` of a word whose speaker a person gave, as in the HTML page."""

Grouped = tuple[Turn, int]
"""A turn and the number of its group in the speaker tree."""


def give(transcript: Transcript, speakers: Mapping[int, str]) -> Transcript:
    """Return the transcript with other speakers for words, by their index, and for the turns under these words.

    What a person decides has no confidence. In the speaker tree, the parts of a turn stay in its group.
    """
    words, tree = transcript.words, transcript.speaker_tree
    changes = {at: who for at, who in speakers.items() if words[at].speaker != who}
    if not changes:
        return transcript
    runs = list(_runs(words, changes))
    has_tree = tree is not None and len(tree.groups) == len(transcript.exclusive)
    groups = tree.groups if tree is not None and has_tree else (0,) * len(transcript.exclusive)
    exclusive = _moved(list(zip(transcript.exclusive, groups, strict=True)), runs, adds=False)
    regular = _moved([(turn, 0) for turn in transcript.turns], runs, adds=True)
    return replace(
        transcript,
        words=tuple(_given(word, changes[at]) if at in changes else word for at, word in enumerate(words)),
        turns=united([turn for turn, _ in regular], {*changes.values()}),
        exclusive=tuple(turn for turn, _ in exclusive),
        speaker_tree=SpeakerTree(tuple(group for _, group in exclusive), tree.joins) if tree and has_tree else tree,
    )


@dataclass(frozen=True, slots=True)
class _Run:
    """Consecutive words, from `start` to `end`, given from the speaker `old` to `new`.

    No word that stays with `old` lies between `low` and `high`: a turn that reaches over the words is moved that far.
    """

    start: float
    end: float
    low: float
    high: float
    old: str | None
    new: str


def _runs(words: Sequence[Word], changes: Mapping[int, str]) -> Iterator[_Run]:
    staying: dict[str | None, list[int]] = {}
    for at, word in enumerate(words):
        if at not in changes:
            staying.setdefault(word.speaker, []).append(at)
    kinds = ((n, at, words[at].speaker, changes[at]) for n, at in enumerate(sorted(changes)))
    for (_, old, new), group in groupby(kinds, key=lambda each: (each[1] - each[0], each[2], each[3])):
        indices = [at for _, at, *_ in group]
        start, end = words[indices[0]].start or 0.0, max(words[at].end or 0.0 for at in indices)
        others = staying.get(old, [])
        after = bisect_left(others, indices[0])
        low = (min(words[others[after - 1]].end or 0.0, start) + start) / 2 if after else float("-inf")
        high = (max(words[others[after]].start or 0.0, end) + end) / 2 if after < len(others) else float("inf")
        yield _Run(start, end, low, high, old, new)


def _moved(turns: Sequence[Grouped], runs: Iterable[_Run], adds: bool) -> list[Grouped]:
    """Return the turns, with their parts under `runs` moved; where there is none and it `adds`, with a new one."""
    kept = list(turns)
    for run in runs:
        parts = [part for each in kept for part in _parts(each, run)]
        if adds and parts == kept and run.end > run.start:
            parts.append((Turn(run.start, run.end, run.new), 0))
        kept = parts
    return sorted(kept, key=lambda each: (each[0].start, each[0].end))


def _parts(grouped: Grouped, run: _Run) -> Iterator[Grouped]:
    """Yield a turn, cut where one part of it moves to another speaker."""
    turn, group = grouped
    start, end = max(turn.start, run.low), min(turn.end, run.high)
    if turn.speaker != run.old or turn.start > run.end or turn.end < run.start or end <= start:
        yield grouped
        return
    if turn.start < start:
        yield replace(turn, end=start), group
    yield Turn(start, end, run.new), group
    if end < turn.end:
        yield replace(turn, start=end), group


def _given(word: Word, speaker: str) -> Word:
    others = tuple(other for other in word.others if other != speaker)
    return replace(word, speaker=speaker, method=METHOD, speaker_confidence=None, others=others)


def united(turns: Iterable[Turn], speakers: Collection[str]) -> tuple[Turn, ...]:
    """Return the turns by start, with those of each of `speakers` joined where they touch or overlap."""
    made: list[Turn] = []
    last: dict[str, int] = {}
    for turn in sorted(turns, key=lambda each: (each.start, each.end)):
        at = last.get(turn.speaker)
        if turn.speaker in speakers and at is not None and made[at].end >= turn.start:
            made[at] = replace(made[at], end=max(made[at].end, turn.end))
            continue
        last[turn.speaker] = len(made)
        made.append(turn)
    return tuple(made)


def merged(transcript: Transcript, into: Mapping[str, str]) -> Transcript:
    """Return the transcript in which each speaker of `into` is another one, by id.

    Raises UsageError where speakers are merged in a circle.
    """
    final = {old: _final(old, into) for old in into}

    def of(speaker: str) -> str:
        """Return the id that this one becomes."""
        return final.get(speaker, speaker)

    return replace(
        transcript,
        words=tuple(_renamed(word, final) for word in transcript.words),
        turns=united([replace(turn, speaker=of(turn.speaker)) for turn in transcript.turns], {*final.values()}),
        exclusive=tuple(replace(turn, speaker=of(turn.speaker)) for turn in transcript.exclusive),
        speakers=tuple(speaker for speaker in transcript.speakers if speaker.id not in final),
    )


def _final(old: str, into: Mapping[str, str]) -> str:
    met = [old]
    while met[-1] in into:
        met.append(into[met[-1]])
        if met[-1] in met[:-1]:
            raise UsageError(f"{' and '.join(met[:-1])} cannot be merged into each other; leave one of them.")
    return met[-1]


def _renamed(word: Word, final: Mapping[str, str]) -> Word:
    if word.speaker not in final and not final.keys() & {*word.others}:
        return word
    speaker = word.speaker if word.speaker is None else final.get(word.speaker, word.speaker)
    others = dict.fromkeys(final.get(other, other) for other in word.others)
    return replace(word, speaker=speaker, others=tuple(other for other in others if other != speaker))


def halves(transcript: Transcript, speaker: str) -> dict[int, bool]:
    """Return the words of a speaker, by index, and whether each is of the smaller of the two halves of its turns.

    The halves are the most different ones, by the speaker tree. Raises UsageError where it cannot divide them.
    """
    tree, exclusive = transcript.speaker_tree, transcript.exclusive
    if tree is None or len(tree.groups) != len(exclusive):
        raise UsageError("The transcript has no speaker tree to split a speaker by; name the times with --speaker.")
    own = [(turn, group) for turn, group in zip(exclusive, tree.groups, strict=True) if turn.speaker == speaker]
    groups = {group for _, group in own}
    if len(groups) < 2:
        raise UsageError(f"All turns of {speaker} are alike, so it cannot be split; name the times with --speaker.")
    root = _two_roots(tree, groups)
    shares: dict[int, float] = {}
    for turn, group in own:
        shares[root[group]] = shares.get(root[group], 0.0) + turn.duration
    smaller = min(shares, key=lambda each: shares[each])
    turns = [turn for turn, _ in own]
    return {
        at: root[own[_nearest(turns, word)][1]] == smaller
        for at, word in enumerate(transcript.words)
        if word.speaker == speaker
    }


def _two_roots(tree: SpeakerTree, groups: Collection[int]) -> dict[int, int]:
    """Return the cluster of each of the groups, when the tree has merged them into two."""
    root = {group: group for group in {*groups, *(group for join in tree.joins for group in join)}}
    for stays, joins in tree.joins:
        after = {group: root[stays] if at == root[joins] else at for group, at in root.items()}
        if len({after[group] for group in groups}) < 2:
            break
        root = after
    counted = {root[group] for group in groups}
    first = min(counted)
    return {group: int(root[group] != first) for group in groups}


def _nearest(turns: Sequence[Turn], word: Word) -> int:
    """Return the index of the turn, of sorted ones that do not overlap, that is nearest to the middle of a word."""
    middle = ((word.start or 0.0) + (word.end or 0.0)) / 2
    after = bisect_right(turns, middle, key=lambda turn: turn.start)
    around = range(max(after - 1, 0), min(after + 1, len(turns)))
    return min(around, key=lambda at: max(turns[at].start - middle, middle - turns[at].end))
