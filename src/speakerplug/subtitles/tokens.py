"""Tokens: words that no line break may divide, and the widths of runs of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from ..attribution.text import display_width, divisible
from ..attribution.word_parts import is_near
from ..transcript import Word, plain
from .break_cost import break_cost


@dataclass(frozen=True, slots=True)
class Token:
    """Words that no line break may divide; `no_space_before`: joined to the token before. Times in milliseconds."""

    words: tuple[Word, ...]
    text: str
    start: int
    end: int
    no_space_before: bool

    @property
    def speaker(self) -> str | None:
        """The speaker of its words."""
        return self.words[0].speaker


def tokens_of(words: Sequence[Word], columns: int) -> list[list[Token]]:
    """Return the words with visible text as tokens, a list per speaker.

    The times of a speaker never decrease; a word without times begins with the word before it. A word that is joined
    to one of another speaker, and far from the last word of its own, is a word of its own.
    """
    latest = 0
    before: Word | None = None
    spoken: dict[str | None, list[tuple[Word, str, int, bool]]] = {}
    for word in words:
        latest = latest if word.start is None else max(0, round(word.start * 1000))
        if text := plain(word.text):
            own = spoken.setdefault(word.speaker, [])
            joined = word.joined and (not own or own[-1][0] is before or is_near(own[-1][0], word))
            own.append((word, text, max(latest, own[-1][2]) if own else latest, joined))
            before = word
    return [_joined(own, columns) for own in spoken.values()]


def _joined(spoken: Sequence[tuple[Word, str, int, bool]], columns: int) -> list[Token]:
    tokens: list[Token] = []
    for index, (word, text, start, joined) in enumerate(spoken):
        end = start if word.end is None else max(start, round(word.end * 1000))
        if index + 1 < len(spoken):
            end = min(end, spoken[index + 1][2])
        if joined and tokens and _inseparable(tokens[-1], text, columns):
            last = tokens[-1]
            tokens[-1] = Token((*last.words, word), last.text + text, last.start, end, last.no_space_before)
        else:
            tokens.append(Token((word,), text, start, end, joined))
    return tokens


def _inseparable(token: Token, text: str, columns: int) -> bool:
    """Return whether a joined word must stay on the line of the token before it, as long as that line has room."""
    if divisible(token.text, text):
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
    return break_cost(left.text, right.text, right.start - left.end)


def joined_text(tokens: Iterable[Token]) -> str:
    """Return the text of tokens."""
    return "".join(token.text if token.no_space_before else " " + token.text for token in tokens).lstrip()
