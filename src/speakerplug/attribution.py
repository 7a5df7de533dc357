"""Attribution: which speaker said each word. Pure: values in, values out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from .transcript import Diarization, Turn, Word

OVERLAP = "overlap"
NEAREST = "nearest"


def attribute(words: Sequence[Word], diarization: Diarization) -> tuple[Word, ...]:
    """Give every word its speaker: the one with most overlap, else the one whose turn has the nearest edge.

    `words` are in spoken order; all come back, in that order. Exclusive turns decide (where a diarizer gives
    none, they are derived from the regular ones). `method` says how: "overlap" or "nearest"; like the speaker,
    it is None only where there is no turn at all. `margin` runs from 0 (a toss-up) to 1: for an overlap, the
    share of the word by which its speaker leads the next one; for a nearest edge, how much farther away the
    next speaker is, as a share of both distances. A word without times gets them from its neighbours and is
    marked estimated.

    One sweep in time order: O(words + turns) once both are sorted.
    """
    track = _Track.of(diarization.exclusive or exclusive_of(diarization.turns))
    timed = timed_words(words, track.turns)
    if not track.turns:
        return tuple(replace(word, speaker=None, method=None, margin=None) for word in timed)
    attributed = list(timed)
    cursor = 0
    for index in sorted(range(len(timed)), key=lambda i: timed[i].start or 0.0):
        word = timed[index]
        start, end = word.start, word.end
        assert start is not None  # timed_words filled them in
        assert end is not None
        while cursor < len(track.turns) and track.turns[cursor].end <= start:
            cursor += 1
        speaker, method, margin = track.by_overlap(start, end, cursor) or track.by_edge(start, end, cursor)
        attributed[index] = _with_speaker(word, speaker, method, round(margin, 4))
    return tuple(attributed)


def _with_speaker(word: Word, speaker: str, method: str, margin: float) -> Word:
    """What `replace` does, in a third of its time: this is most of the cost of a long recording."""
    return Word(word.text, word.start, word.end, speaker, word.confidence, method, margin, word.joined, word.estimated)


def exclusive_of(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """Turns without overlap: who has the floor keeps it to the end of the turn, then whoever still talks has it.

    For diarizers that give only regular turns. Somebody heard only while another has the floor is left out,
    as can happen in pyannote's own exclusive diarization.
    """
    exclusive: list[Turn] = []
    floor = float("-inf")
    for turn in sorted(turns, key=lambda turn: (turn.start, -turn.end)):
        if turn.end > max(floor, turn.start):
            exclusive.append(replace(turn, start=max(turn.start, floor)))
            floor = turn.end
    return tuple(exclusive)


def timed_words(words: Sequence[Word], turns: Sequence[Turn] = ()) -> list[Word]:
    """The same words, each with times and none ending before it starts.

    Words without times share the gap between their neighbours by length of text and are marked estimated;
    where no word has times, they share the time from the first of `turns` to the last.
    """
    runs = [(known, list(run)) for known, run in groupby(words, key=_has_times)]
    timed: list[Word] = []
    for position, (known, run) in enumerate(runs):
        if known:
            timed += [replace(word, end=word.start) if _is_reversed(word) else word for word in run]
            continue
        following = runs[position + 1][1][0].start if position + 1 < len(runs) else None
        preceding = timed[-1].end if timed else None
        if preceding is None and following is None and turns:
            preceding, following = turns[0].start, turns[-1].end
        low = next(time for time in (preceding, following, 0.0) if time is not None)
        high = next(time for time in (following, low) if time is not None)
        timed += _spread(run, low, max(low, high))
    return timed


def _has_times(word: Word) -> bool:
    return word.start is not None and word.end is not None


def _is_reversed(word: Word) -> bool:
    return word.start is not None and word.end is not None and word.end < word.start


def _spread(words: Sequence[Word], low: float, high: float) -> list[Word]:
    """The words laid out from `low` to `high`, each in proportion to its length."""
    lengths = [len(word.text) or 1 for word in words]
    rate = (high - low) / sum(lengths)
    spread = []
    start, done = low, 0
    for word, length in zip(words, lengths, strict=True):
        done += length
        end = low + done * rate
        spread.append(replace(word, start=start, end=end, estimated=True))
        start = end
    return spread


_Decision = tuple[str, str, float]


@dataclass(frozen=True, slots=True)
class _Track:
    """Exclusive turns by start; for each one, where the nearest turn of somebody else lies on either side."""

    turns: tuple[Turn, ...]
    other_before: tuple[int | None, ...]
    other_after: tuple[int | None, ...]

    @classmethod
    def of(cls, turns: Sequence[Turn]) -> _Track:
        """The track of turns in any order."""
        ordered = tuple(sorted(turns, key=lambda turn: (turn.start, turn.end)))
        before = _nearest_other(ordered)
        after = [None if i is None else len(ordered) - 1 - i for i in _nearest_other(ordered[::-1])][::-1]
        return cls(ordered, tuple(before), tuple(after))

    def by_overlap(self, start: float, end: float, cursor: int) -> _Decision | None:
        """The speaker with most overlap with `start` to `end`; no turn before `cursor` reaches into it."""
        if cursor < len(self.turns):
            turn = self.turns[cursor]
            if turn.start <= start < end <= turn.end:  # the common case: inside one turn
                return turn.speaker, OVERLAP, 1.0
        overlaps: dict[str, float] = {}
        while cursor < len(self.turns) and (turn := self.turns[cursor]).start < end:
            shared = min(end, turn.end) - max(start, turn.start)
            if shared > 0:
                overlaps[turn.speaker] = overlaps.get(turn.speaker, 0.0) + shared
            cursor += 1
        if not overlaps:
            return None
        speaker = max(overlaps, key=overlaps.__getitem__)
        rival = max((seconds for other, seconds in overlaps.items() if other != speaker), default=0.0)
        return speaker, OVERLAP, min(1.0, (overlaps[speaker] - rival) / (end - start))

    def by_edge(self, start: float, end: float, cursor: int) -> _Decision:
        """The speaker whose turn has the nearest edge; `cursor` is the first turn that ends after `start`."""
        before = cursor - 1 if cursor else None
        after = cursor if cursor < len(self.turns) else None
        neighbours = [
            before,
            after,
            None if before is None else self.other_before[before],
            None if after is None else self.other_after[after],
        ]
        distances: dict[str, float] = {}
        for turn in (self.turns[index] for index in neighbours if index is not None):
            distance = max(0.0, turn.start - end, start - turn.end)
            distances[turn.speaker] = min(distance, distances.get(turn.speaker, distance))
        speaker = min(distances, key=distances.__getitem__)
        nearest = distances.pop(speaker)
        rival = min(distances.values(), default=None)
        if rival is None:
            return speaker, NEAREST, 1.0
        return speaker, NEAREST, (rival - nearest) / (rival + nearest) if rival else 0.0


def _nearest_other(turns: Sequence[Turn]) -> list[int | None]:
    """For each turn, the index of the last turn before it that another speaker has."""
    found: list[int | None] = []
    for index, turn in enumerate(turns):
        if index and turns[index - 1].speaker != turn.speaker:
            found.append(index - 1)
        else:
            found.append(found[-1] if found else None)
    return found
