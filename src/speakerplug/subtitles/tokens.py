"""Pieces: what no line break may divide, a word or words that are written as one, and how wide runs of them are."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from ..attribution.text import display_width, divisible
from ..transcript import Word, plain
from .break_cost import break_cost


@dataclass(frozen=True, slots=True)
class Piece:
    """Words that no line break may divide; `glued` when no space stands before them. Times in milliseconds."""

    words: tuple[Word, ...]
    text: str
    start: int
    end: int
    glued: bool

    @property
    def speaker(self) -> str | None:
        """Who says it."""
        return self.words[0].speaker


def pieces_of(words: Sequence[Word], columns: int) -> list[list[Piece]]:
    """The words as pieces, a list for each speaker, those without visible text left out.

    The times of a speaker never run backwards; a word without times begins with the word before it.
    """
    latest = 0
    spoken: dict[str | None, list[tuple[Word, str, int]]] = {}
    for word in words:
        latest = latest if word.start is None else max(0, round(word.start * 1000))
        if text := plain(word.text):
            own = spoken.setdefault(word.speaker, [])
            own.append((word, text, max(latest, own[-1][2]) if own else latest))
    return [_joined(own, columns) for own in spoken.values()]


def _joined(spoken: Sequence[tuple[Word, str, int]], columns: int) -> list[Piece]:
    pieces: list[Piece] = []
    for index, (word, text, start) in enumerate(spoken):
        end = start if word.end is None else max(start, round(word.end * 1000))
        if index + 1 < len(spoken):
            end = min(end, spoken[index + 1][2])
        if word.joined and pieces and _inseparable(pieces[-1], text, columns):
            last = pieces[-1]
            pieces[-1] = Piece((*last.words, word), last.text + text, last.start, end, last.glued)
        else:
            pieces.append(Piece((word,), text, start, end, word.joined))
    return pieces


def _inseparable(piece: Piece, text: str, columns: int) -> bool:
    """Whether a joined word stays in the line of the piece before it, which it does while that line has room."""
    if divisible(piece.text, text):
        return False
    # The count is for text that has no width at all, which would otherwise never fill a line.
    return len(piece.words) < columns and display_width(piece.text + text) <= columns


class Ruler:
    """Measures runs of pieces in constant time, by sums of widths."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._spaces = [0 if piece.glued else 1 for piece in pieces]
        widths = (space + display_width(piece.text) for space, piece in zip(self._spaces, pieces, strict=True))
        self._sums = list(accumulate(widths, initial=0))

    def width(self, first: int, last: int) -> int:
        """Columns that the pieces `first` to `last` (exclusive) take as one line."""
        return self._sums[last] - self._sums[first] - self._spaces[first]

    def reach(self, first: int, columns: int) -> int:
        """Where a line of `columns` that begins at `first` ends at the latest; `first` where nothing fits."""
        if first == len(self._spaces):
            return first
        return max(first, bisect_right(self._sums, columns + self._sums[first] + self._spaces[first], lo=first) - 1)


def price_of_break(left: Piece, right: Piece) -> float:
    """How bad it reads to end a line or a cue between two pieces."""
    return break_cost(left.text, right.text, right.start - left.end)


def running(pieces: Iterable[Piece]) -> str:
    """The pieces as running text."""
    return "".join(piece.text if piece.glued else " " + piece.text for piece in pieces).lstrip()
