"""Words that a person corrected: what did not change keeps its times and confidences. Pure: words in, words out."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import accumulate, takewhile
from operator import eq

from ..transcript import Word
from .text import display_width
from .word_breaks import in_dictionary_script
from .word_times import interpolated, spread

SECONDS_PER_CHARACTER = 0.06
"""Estimated time that an inserted word takes, where there is room for it."""
MAX_GROUPS = 400
"""A longer changed passage is compared as a whole: a finer comparison takes quadratic time."""

Matched = tuple[int, int, int, int]
"""The words `first:last` and what replaces them, `begin:end`; both may be empty."""


@dataclass(frozen=True, slots=True)
class Respelled:
    """A word after a correction, still with the speaker that it had, and the `speaker` that the correction names.

    `same` means that it was not changed, beside capitals and punctuation.
    """

    word: Word
    speaker: str | None
    same: bool = False


def replaced(words: Sequence[Word], old: str, new: str) -> tuple[tuple[Word, ...], int]:
    """Return the words with the phrase `old` written as `new`, and how often; punctuation around it stays.

    `old` is matched exactly, but for white space, and only as whole words in scripts that have spaces.
    """
    text, ends = "".join(map(_marked, words)), list(accumulate(len(_marked(word)) for word in words))
    made: list[Word] = []
    done = count = 0
    for found in _phrase(old).finditer(text):
        first, last = bisect_right(ends, found.start()), bisect_right(ends, found.end() - 1) + 1
        if first < done:
            continue  # it begins within a word that is already replaced
        begin = ends[first] - len(_marked(words[first]))
        written = text[begin : found.start()] + new + text[found.end() : ends[last - 1]]
        tokens = interpolated([(words[first].speaker, written)], None, None)
        tokens[:1] = [replace(token, joined=words[first].joined) for token in tokens[:1]]
        made += words[done:first]
        made += [each.word for each in _block(made[-1:], words[first:last], tokens, words[last : last + 1])]
        done, count = last, count + 1
    return (*made, *words[done:]), count


def _phrase(old: str) -> re.Pattern[str]:
    said = old.split()
    before = r"(?<!\w)" if _has_spaces(said[0][0]) else ""
    after = r"(?!\w)" if _has_spaces(said[-1][-1]) else ""
    return re.compile(before + r"\s+".join(map(re.escape, said)) + after)


def _has_spaces(char: str) -> bool:
    """Return whether a letter belongs to a script that has spaces between words."""
    return char.isalnum() and display_width(char) == 1 and not in_dictionary_script(char)


def respelled(words: Sequence[Word], written: Sequence[Word]) -> list[Respelled]:
    """Return the `written` words with what `words` knows of them: times, confidence, how their speaker was decided.

    Words are compared without capitals and punctuation. A word written for one other has its times; other new words
    share the time of those that they replace, or lie between their neighbors.
    """
    own, theirs = _groups(words), _groups(written)
    made: list[Respelled] = []
    for first, last, begin, end in _matches(
        [_bare(words, *each) for each in own], [_bare(written, *each) for each in theirs]
    ):
        low = own[first][0] if first < len(own) else len(words)
        before = words[low : own[last - 1][1]] if last > first else ()
        after = written[theirs[begin][0] : theirs[end - 1][1]] if end > begin else ()
        if len(before) == len(after) == 1 and _bare(before, 0, 1) == _bare(after, 0, 1):
            made.append(Respelled(replace(before[0], text=after[0].text), after[0].speaker, same=True))
            continue
        following = words[low + len(before) : low + len(before) + 1]
        made += _block([each.word for each in made[-1:]], before, after, following)
    return made


def _groups(words: Sequence[Word]) -> list[tuple[int, int]]:
    """Return the first word of each run without spaces between, and the one after it."""
    starts = [at for at, word in enumerate(words) if at == 0 or not word.joined]
    return list(zip(starts, [*starts[1:], len(words)], strict=True)) if starts else []


def _bare(words: Sequence[Word], first: int, last: int) -> str:
    """Return the text of a group without capitals and punctuation, unless it has nothing else."""
    text = "".join(word.text for word in words[first:last])
    return "".join(char for char in text.casefold() if char.isalnum()) or text


def _matches(own: Sequence[str], theirs: Sequence[str]) -> Iterator[Matched]:
    """Yield pairs of equal groups, one at a time, and passages that differ, in order.

    Frequent words are left out of a first comparison, which is fast, and compared within the passages that differ.
    """
    for how, first, last, begin, end in SequenceMatcher(None, own, theirs).get_opcodes():
        finer = [(how, 0, last - first, 0, end - begin)]
        if how == "replace" and max(last - first, end - begin) <= MAX_GROUPS:
            finer = list(SequenceMatcher(None, own[first:last], theirs[begin:end], autojunk=False).get_opcodes())
        for kind, a, b, c, d in finer:
            if kind == "equal":
                yield from ((first + a + n, first + a + n + 1, begin + c + n, begin + c + n + 1) for n in range(b - a))
            else:
                yield first + a, first + b, begin + c, begin + d


def _block(
    before: Sequence[Word], own: Sequence[Word], written: Sequence[Word], after: Sequence[Word]
) -> Iterator[Respelled]:
    """Yield the words `written` in place of `own`; those that are the same at both ends are kept.

    `before` and `after` are the word next to them on either side, if any.
    """
    head, begin = _common([_marked(word) for word in own], [_marked(word) for word in written])
    rest, said = own[head:], written[begin:]
    tail, end = _common([_marked(word)[::-1] for word in rest[::-1]], [_marked(word)[::-1] for word in said[::-1]])
    middle, new = rest[: len(rest) - tail], said[: len(said) - end]
    last = rest[len(rest) - tail :]
    yield from _kept(own[:head], written[:begin])
    yield from _changed([*before, *own[:head]][-1:], middle, new, [*last, *after][:1])
    yield from _kept(last, said[len(said) - end :])


def _marked(word: Word) -> str:
    return word.text if word.joined else f" {word.text}"


def _common(own: Sequence[str], written: Sequence[str]) -> tuple[int, int]:
    """Return how many texts at the beginning of both are the same text, although perhaps divided differently."""
    shared = sum(takewhile(bool, map(eq, "".join(own), "".join(written))))
    cuts = {cut: at for at, cut in enumerate(accumulate(map(len, own), initial=0)) if cut <= shared}
    theirs = {cut: at for at, cut in enumerate(accumulate(map(len, written), initial=0)) if cut <= shared}
    most = max(cuts.keys() & theirs.keys())
    return cuts[most], theirs[most]


def _kept(own: Sequence[Word], written: Sequence[Word]) -> Iterator[Respelled]:
    """Yield the words of a text that did not change, each with the speaker that is written where it begins."""
    ends = list(accumulate(len(_marked(word)) for word in written))
    begin = 0
    for word in own:
        yield Respelled(word, written[bisect_right(ends, begin)].speaker, same=True)
        begin += len(_marked(word))


def _changed(
    before: Sequence[Word], own: Sequence[Word], new: Sequence[Word], after: Sequence[Word]
) -> Iterator[Respelled]:
    """Yield the `new` words with times: those of `own`, or in the pause between the words `before` and `after`."""
    if not new:
        return
    if len(own) == len(new):
        for was, now in zip(own, new, strict=True):
            yield Respelled(replace(was, text=now.text, joined=now.joined, confidence=None), now.speaker)
        return
    if own:
        low, high = _start(own[0]), max(_end(word) for word in own)
    else:
        low = _end(before[0]) if before else 0.0
        high = _start(after[0]) if after else float("inf")
        high = max(low, min(high, low + SECONDS_PER_CHARACTER * sum(len(word.text) + 1 for word in new)))
    pattern = own or before or after or [Word("", low, high)]
    times = spread([len(word.text) for word in new], low, max(low, high))
    for number, (now, (start, end)) in enumerate(zip(new, times, strict=True)):
        was = pattern[number * len(pattern) // len(new)]
        yield Respelled(
            replace(
                was,
                text=now.text,
                start=round(start, 3),
                end=round(end, 3),
                joined=now.joined,
                confidence=None,
                estimated=True,
                begins_segment=False,
            ),
            now.speaker,
        )


def _start(word: Word) -> float:
    return word.start or 0.0


def _end(word: Word) -> float:
    return max(word.end or 0.0, _start(word))
