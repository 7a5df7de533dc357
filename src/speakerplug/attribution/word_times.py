"""Estimated times of words that have none, by the length of their text; no other module estimates any."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, groupby, pairwise
from operator import attrgetter, le

from ..transcript import Turn, Word, plain
from .text import display_width, divisible
from .word_breaks import in_dictionary_script, word_breaks

SpokenParts = Sequence[tuple[str | None, str]]
"""Parts of one text: the speaker, and what was said with its line breaks."""


def interpolated(
    said: SpokenParts, start: float | None, end: float | None, known: Sequence[tuple[int, float]] = ()
) -> list[Word]:
    """Return the words of `said` from `start` to `end` (seconds), each as long as its share of the characters.

    `known` are positions in the text and the times (seconds) when what follows them is spoken: words share the time
    between two of these. All are marked estimated but a word alone between two, and the first one as the beginning of
    a segment; without `start` or `end` they have no times. Chinese and Japanese give one word per character; Thai, Lao,
    Khmer and Burmese are divided between words.
    """
    tokens = [(speaker, *token) for speaker, text in said for token in _tokens(text)]
    if start is None or end is None:
        return [Word(text, None, None, speaker, joined=joined) for speaker, text, joined in tokens]
    edges = list(accumulate((len(text) for _, text, _ in tokens), initial=0))
    if known:
        times = list(_between(edges, _knots("".join(text for _, text in said), start, max(start, end), known)))
    else:
        times = [(*span, True) for span in spread([len(text) for _, text, _ in tokens], start, max(start, end))]
    return [
        Word(
            text,
            round(begin, 3),
            round(finish, 3),
            who,
            joined=joined,
            estimated=estimated,
            begins_segment=not number,
        )
        for number, ((who, text, joined), (begin, finish, estimated)) in enumerate(zip(tokens, times, strict=True))
    ]


def _knots(text: str, start: float, end: float, known: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """Return the known times that do not decrease, by the number of visible characters before them."""
    visible = list(accumulate((bool(plain(char)) for char in text), initial=0))
    knots = [(0, start)]
    for position, time in sorted(known, key=lambda each: each[0]):
        if knots[-1][1] <= time <= end:
            knots.append((visible[min(position, len(text))], time))
    return [*knots, (visible[-1], end)]


def _between(edges: Sequence[int], knots: Sequence[tuple[int, float]]) -> Iterator[tuple[float, float, bool]]:
    """Yield start and end of what lies between the `edges`, and whether it does not fill the time between two knots."""
    places, times = [place for place, _ in knots], [time for _, time in knots]

    def time_at(edge: int, right: int) -> float:
        """Return the time of a place before the knot of this index, from its distance to both neighbors."""
        left = max(0, min(right, len(knots) - 1) - 1)
        right = left + 1
        share = (edge - places[left]) / ((places[right] - places[left]) or 1)
        return times[left] + (times[right] - times[left]) * min(1.0, max(0.0, share))

    for first, last in pairwise(edges):
        after, before = bisect_right(places, first), bisect_left(places, last)
        known = places[after - 1] == first and before < len(places) and places[before] == last and after == before
        yield time_at(first, after), max(time_at(first, after), time_at(last, before)), not known


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
