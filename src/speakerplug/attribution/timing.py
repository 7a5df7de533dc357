"""When words are said: times for those that have none, and how long a word can plausibly last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from operator import attrgetter, le

from ..transcript import Turn, Word


def timed_words(words: Sequence[Word], turns: Sequence[Turn] = ()) -> list[Word]:
    """The same words, each with times and none ending before it starts.

    Words without times share the gap between their neighbours by length of text and are marked estimated;
    where no word has times, they share the time from the first of `turns` to the last.
    """
    starts, ends = list(map(attrgetter("start"), words)), list(map(attrgetter("end"), words))
    if None not in starts and None not in ends and all(map(le, starts, ends)):
        return list(words)
    runs = [(known, list(run)) for known, run in groupby(words, key=_has_times)]
    timed: list[Word] = []
    for position, (known, run) in enumerate(runs):
        if known:
            timed += [word if _is_timed(word) else replace(word, end=word.start) for word in run]
            continue
        following = runs[position + 1][1][0].start if position + 1 < len(runs) else None
        preceding = timed[-1].end if timed else None
        if preceding is None and following is None and turns:
            preceding, following = min(turn.start for turn in turns), max(turn.end for turn in turns)
        low = next(time for time in (preceding, following, 0.0) if time is not None)
        high = next(time for time in (following, low) if time is not None)
        timed += _spread(run, low, max(low, high))
    return timed


def _has_times(word: Word) -> bool:
    return word.start is not None and word.end is not None


def _is_timed(word: Word) -> bool:
    return word.start is not None and word.end is not None and word.end >= word.start


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
