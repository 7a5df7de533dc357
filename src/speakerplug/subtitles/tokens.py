"""Tokens: words that no line break may divide, and the widths of runs of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from ..attribution.text import display_width, divisible
from ..attribution.word_breaks import in_dictionary_script, word_breaks
from ..attribution.word_parts import is_near
from ..attribution.word_times import interpolated, spread
from ..transcript import Word, plain
from .break_cost import AT_CLAUSE, break_cost


@dataclass(frozen=True, slots=True)
class Token:
    """Words that no line break may divide; `no_space_before`: joined to the token before. Times in milliseconds.

    `language` is the code of that of the text, if known.
    """

    words: tuple[Word, ...]
    text: str
    start: int
    end: int
    no_space_before: bool
    language: str | None = None

    @property
    def speaker(self) -> str | None:
        """The speaker of its words."""
        return self.words[0].speaker


_Spoken = tuple[Word, str, int, bool]
"""A word, its text on one line, its start in milliseconds, and whether it follows the one before without a space."""


def tokens_of(words: Sequence[Word], columns: int, language: str | None = None) -> list[list[Token]]:
    """Return the words with visible text as tokens, a list per speaker.

    The times of a speaker never decrease; a word without times begins with the word before it. A word that is joined
    to one of another speaker, and far from the last word of its own, is a word of its own. What a recognizer calls a
    word is divided where it is wider than a line and its script has no spaces.
    """
    latest = 0
    before: Word | None = None
    spoken: dict[str | None, list[_Spoken]] = {}
    for word, text in _fitting(words, columns):
        latest = latest if word.start is None else max(0, round(word.start * 1000))
        if text:
            own = spoken.setdefault(word.speaker, [])
            joined = word.joined and (not own or own[-1][0] is before or is_near(own[-1][0], word))
            own.append((word, text, max(latest, own[-1][2]) if own else latest, joined))
            before = word
    return [_joined(own, columns, language) for own in spoken.values()]


def _fitting(words: Iterable[Word], columns: int) -> Iterator[tuple[Word, str]]:
    """Yield the words and their texts on one line; one that is too wide for a line as its parts, if it has any."""
    for word in words:
        text = plain(word.text)
        # No character is wider than two columns.
        if len(text) * 2 <= columns or text.isascii() or display_width(text) <= columns:
            yield word, text
        else:
            parts = _divided(word, interpolated([(word.speaker, text)], word.start, word.end))
            yield from ((part, part.text) for part in parts) if len(parts) > 1 else ((word, text),)


def _divided(word: Word, parts: Sequence[Word]) -> list[Word]:
    """Return a word as its parts, which have its text and its time."""
    made = [
        replace(word, text=part.text, start=part.start, end=part.end, joined=part.joined, estimated=True)
        for part in parts
    ]
    return [replace(made[0], joined=word.joined), *(replace(part, begins_segment=False) for part in made[1:])]


def _joined(spoken: Sequence[_Spoken], columns: int, language: str | None) -> list[Token]:
    tokens: list[Token] = []
    inside: frozenset[int] = frozenset()
    if in_dictionary_script("".join(text for _, text, _, _ in spoken)):
        spoken, inside = _cut_at_words(spoken)
    for index, (word, text, start, joined) in enumerate(spoken):
        end = start if word.end is None else max(start, round(word.end * 1000))
        if index + 1 < len(spoken):
            end = min(end, spoken[index + 1][2])
        last = tokens[-1] if joined and tokens and is_near(tokens[-1].words[-1], word) else None
        if last and _inseparable(last, text, columns, index in inside):
            tokens[-1] = Token((*last.words, word), last.text + text, last.start, end, last.no_space_before, language)
        else:
            tokens.append(Token((word,), text, start, end, joined, language))
    return tokens


def _cut_at_words(spoken: Iterable[_Spoken]) -> tuple[list[_Spoken], frozenset[int]]:
    """Return the words, and the indices at which a word of a script without spaces goes on: recognizers give fragments.

    A fragment that reaches over the end of a word is divided there.
    """
    runs: list[list[_Spoken]] = []
    for each in spoken:
        _, text, _, joined = each
        if joined and runs and not text.isascii():
            runs[-1].append(each)
        else:
            runs.append([each])
    cut = [each for run in runs for each in _cut_run(run)]
    return [each for each, _ in cut], frozenset(index for index, (_, inside) in enumerate(cut) if inside)


def _cut_run(run: Sequence[_Spoken]) -> Iterator[tuple[_Spoken, bool]]:
    """Yield the words that follow one another without a space, each with whether it begins inside a word."""
    text = "".join(said for _, said, _, _ in run)
    breaks = {0, len(text), *(word_breaks(text) if in_dictionary_script(text) else ())}
    place = 0
    for each in run:
        said = each[1]
        end = place + len(said)
        is_fragment = place not in breaks or end not in breaks
        cuts = [cut - place for cut in range(place + 1, end) if cut in breaks] if is_fragment else []
        is_inside = place not in breaks and in_dictionary_script(text[place - 1 : place + 1])
        for number, part in enumerate(_cut_fragment(each, cuts)):
            yield part, is_inside and not number
        place = end


def _cut_fragment(spoken: _Spoken, cuts: Sequence[int]) -> Iterator[_Spoken]:
    word, text, start, joined = spoken
    if not cuts:
        yield spoken
        return
    edges = list(pairwise([0, *cuts, len(text)]))
    times: Sequence[tuple[float | None, float | None]] = [(word.start, word.end)] * len(edges)
    if word.start is not None and word.end is not None:
        times = spread([last - first for first, last in edges], word.start, max(word.start, word.end))
    # A cut after a space leaves the space between two words.
    parts = [
        Word(text[a:b].strip(), *time, joined=not text[:a].endswith(" "))
        for (a, b), time in zip(edges, times, strict=True)
    ]
    for number, part in enumerate(_divided(word, parts)):
        start = start if part.start is None else max(start, round(part.start * 1000))
        yield part, part.text, start, part.joined if number else joined


def _inseparable(token: Token, text: str, columns: int, inside: bool) -> bool:
    """Return whether a joined word must stay on the line of the token before it, as long as that line has room."""
    if not inside and divisible(token.text, text):
        return False
    # The count is for zero-width text, which would otherwise never fill a line.
    return len(token.words) < columns and display_width(token.text + text) <= columns


class Widths:
    """Widths of runs of tokens in constant time, by prefix sums."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._spaces = [0 if token.no_space_before else 1 for token in tokens]
        widths = (space + display_width(token.text) for space, token in zip(self._spaces, tokens, strict=True))
        self._sums = list(accumulate(widths, initial=0))

    def width(self, first: int, last: int) -> int:
        """Return the columns that the tokens `first` to `last` (exclusive) take as one line."""
        return self._sums[last] - self._sums[first] - self._spaces[first]

    def reach(self, first: int, columns: int) -> int:
        """Return the last possible end of a line of `columns` that begins at `first`; `first` where nothing fits."""
        if first == len(self._spaces):
            return first
        return max(first, bisect_right(self._sums, columns + self._sums[first] + self._spaces[first], lo=first) - 1)


def cost_of_break(left: Token, right: Token) -> float:
    """Return the cost of ending a line or a cue between two tokens."""
    cost = break_cost(left.text, right.text, right.start - left.end, left.language)
    # Where words are written without spaces, a space is between two clauses.
    if left.text[-1] > "\u0dff" and not right.no_space_before and in_dictionary_script(left.text[-1]):
        return min(cost, AT_CLAUSE)
    return cost


def joined_text(tokens: Iterable[Token]) -> str:
    """Return the text of tokens."""
    return "".join(token.text if token.no_space_before else " " + token.text for token in tokens).lstrip()
