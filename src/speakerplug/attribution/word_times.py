"""Estimated times of words that have none, by the length of their text; no other module estimates any."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, groupby, pairwise
from operator import attrgetter, le

from ..transcript import Turn, Word, plain
from .text import display_width, divisible
from .word_breaks import in_dictionary_script, word_breaks

SpokenParts = Sequence[tuple[str | None, str]]
"""Parts of one text: the speaker, and what was said with its line breaks."""


def interpolated(said: SpokenParts, start: float | None, end: float | None) -> list[Word]:
    """Return the words of `said` from `start` to `end` (seconds), each as long as its share of the characters.

    All are marked estimated, and the first one as the beginning of a segment; without `start` or `end` they have no
    times. Chinese and Japanese give one word per character; Thai, Lao, Khmer and Burmese are divided between words.
    """
    tokens = [(speaker, *token) for speaker, text in said for token in _tokens(text)]
    if start is None or end is None:
        return [Word(text, None, None, speaker, joined=joined) for speaker, text, joined in tokens]
    times = spread([len(text) for _, text, _ in tokens], start, max(start, end))
    return [
        Word(text, round(begin, 3), round(finish, 3), who, joined=joined, estimated=True, begins_segment=not number)
        for number, ((who, text, joined), (begin, finish)) in enumerate(zip(tokens, times, strict=True))
    ]


def spread(lengths: Sequence[int], start: float, end: float) -> list[tuple[float, float]]:
    """Return consecutive spans from `start` to `end` (seconds), each in proportion to its length.

    Where all lengths are 0, the last span gets all of the time.
    """
    sums = list(accumulate(lengths, initial=0))
    edges = [start + (end - start) * done / (sums[-1] or 1) for done in sums]
    return list(pairwise([*edges[:-1], end]))


def _tokens(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the words of a text, and whether each joins the one before without a space, as East Asian ones do."""
    last = ""
    for line in text.splitlines():
        for number, chunk in enumerate(plain(line).split(" ")):
            begin = 0
            for cut in [*_cuts(chunk), len(chunk)]:
                token = chunk[begin:cut]
                if token:
                    at_break = number == 0 and last != "" and divisible(last, token)
                    yield token, begin > 0 or at_break
                    last, begin = token, cut


def _cuts(chunk: str) -> list[int]:
    """Return where a text without spaces is divided into words."""
    if chunk.isascii():
        return []
    cuts = [place for place in range(1, len(chunk)) if _ideograph(chunk[place])]
    return sorted({*cuts, *word_breaks(chunk)}) if in_dictionary_script(chunk) else cuts


def _ideograph(char: str) -> bool:
    return unicodedata.category(char) == "Lo" and display_width(char) == 2


def timed_words(words: Sequence[Word], turns: Sequence[Turn] = ()) -> list[Word]:
    """Return the same words, all with times and none ending before it starts.

    Words without times share the time between their neighbors by length of text and are marked estimated; where no word
    has times, they share the time from the first of `turns` to the last.
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
        times = spread([len(word.text) or 1 for word in run], low, max(low, high))
        timed += [replace(word, start=a, end=b, estimated=True) for word, (a, b) in zip(run, times, strict=True)]
    return timed


def _has_times(word: Word) -> bool:
    return word.start is not None and word.end is not None


def _is_timed(word: Word) -> bool:
    return word.start is not None and word.end is not None and word.end >= word.start
