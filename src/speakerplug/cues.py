"""Cuts a transcript into cues: short pieces of one speaker, laid out to be read at a glance.

The words of one speaker up to the next long pause are an utterance; an utterance is cut where the cheapest
sequence of cues ends (dynamic programming); then every cue gets its lines and its time on the screen.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from .transcript import Transcript, Word
from .typography import AT_SENTENCE, break_price, display_width, divisible, plain

# Prices of a cue. One more cue costs less than a sentence that ends inside one, more than that if either is too small.
_EACH_CUE = 1.0
_SENTENCE_INSIDE = 1.6
_TOO_SMALL = 2.0


@dataclass(frozen=True, slots=True)
class Cue:
    """What stands on the screen from `start` to `end` (seconds): words of one speaker, as one or two lines."""

    start: float
    end: float
    speaker: str | None
    words: tuple[Word, ...]
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CueRules:
    """The measures that cues are cut to.

    `columns` is the width of a line, in which an East Asian wide character takes two; a silence of `pause_ms`
    ends a cue; a cue shorter than `shortest_ms` stays while the time after it is free, none is longer than
    `longest_ms`. Where two cues begin at nearly the same moment the first keeps `glimpse_ms` for itself.
    """

    columns: int = 42
    pause_ms: int = 1000
    shortest_ms: int = 833
    longest_ms: int = 7000
    glimpse_ms: int = 200


_DEFAULT_RULES = CueRules()


@dataclass(frozen=True, slots=True)
class _Piece:
    """Words that no line break may divide; `glued` when no space stands before them. Times in milliseconds."""

    words: tuple[Word, ...]
    text: str
    start: int
    end: int
    glued: bool

    @property
    def speaker(self) -> str | None:
        return self.words[0].speaker


def cues_from(transcript: Transcript, rules: CueRules = _DEFAULT_RULES) -> tuple[Cue, ...]:
    """The transcript as cues, sorted, never overlapping, each with one speaker and at most two lines.

    Every word that has visible text is in exactly one cue, in the transcript's order. Cue times are whole
    milliseconds, in seconds. Only a word that is wider than a line by itself makes a line too wide.
    """
    pieces = _pieces(transcript.words, rules.columns)
    groups = [group for utterance in _utterances(pieces, rules) for group in _cut(utterance, rules)]
    return tuple(
        Cue(
            start / 1000,
            end / 1000,
            group[0].speaker,
            tuple(word for piece in group for word in piece.words),
            _lines(group, rules.columns),
        )
        for group, (start, end) in zip(groups, _spans(groups, rules), strict=True)
    )


def _pieces(words: Sequence[Word], columns: int) -> list[_Piece]:
    """The words as pieces, those without visible text left out, with times that never run backwards."""
    shown = [(word, text) for word in words if (text := plain(word.text))]
    starts = list(accumulate((_milliseconds(word.start) for word, _ in shown), max))
    pieces: list[_Piece] = []
    for index, (word, text) in enumerate(shown):
        start, following = starts[index], starts[index + 1 : index + 2]
        end = min([max(start, _milliseconds(word.end)), *following])
        if word.joined and pieces and _inseparable(pieces[-1], word, text, columns):
            last = pieces[-1]
            pieces[-1] = _Piece((*last.words, word), last.text + text, last.start, end, last.glued)
        else:
            pieces.append(_Piece((word,), text, start, end, word.joined))
    return pieces


def _inseparable(piece: _Piece, word: Word, text: str, columns: int) -> bool:
    """Whether a joined word stays in the line of the piece before it, which it does while that line has room."""
    if word.speaker != piece.speaker or divisible(piece.text, text):
        return False
    # The count is for text that has no width at all, which would otherwise never fill a line.
    return len(piece.words) < columns and display_width(piece.text + text) <= columns


def _milliseconds(seconds: float | None) -> int:
    return 0 if seconds is None else max(0, round(seconds * 1000))


def _utterances(pieces: Iterable[_Piece], rules: CueRules) -> Iterator[list[_Piece]]:
    """The pieces between two speaker changes or long pauses."""
    utterance: list[_Piece] = []
    for piece in pieces:
        if utterance:
            last = utterance[-1]
            if last.speaker != piece.speaker or piece.start - last.end >= rules.pause_ms:
                yield utterance
                utterance = []
        utterance.append(piece)
    if utterance:
        yield utterance


def _cut(pieces: list[_Piece], rules: CueRules) -> list[list[_Piece]]:
    """The cheapest way to cut one utterance into cues.

    `best[i]` is the least price of cutting the first `i` pieces and `came[i]` where their last cue begins.
    """
    count = len(pieces)
    ruler = _Ruler(pieces)
    ends = [AT_SENTENCE, *(_break(left, right) for left, right in pairwise(pieces)), AT_SENTENCE]
    sentences = list(accumulate(price == AT_SENTENCE for price in ends))
    best, came = [0.0] + [float("inf")] * count, [0] * (count + 1)
    for first in range(count):
        limit = max(first + 1, ruler.reach(ruler.reach(first, rules.columns), rules.columns))
        for last in range(first + 1, limit + 1):
            if last > first + 1 and pieces[last - 1].end - pieces[first].start > rules.longest_ms:
                break
            price = best[first] + _EACH_CUE + ends[last] + _SENTENCE_INSIDE * (sentences[last - 1] - sentences[first])
            shown_until = pieces[last].start if last < count else pieces[-1].end + rules.shortest_ms
            if ruler.width(first, last) * 2 < rules.columns or shown_until - pieces[first].start < rules.shortest_ms:
                price += _TOO_SMALL
            if price < best[last]:
                best[last], came[last] = price, first
    return _walk_back(pieces, came)


def _walk_back(pieces: list[_Piece], came: list[int]) -> list[list[_Piece]]:
    groups, last = [], len(pieces)
    while last:
        groups.append(pieces[came[last] : last])
        last = came[last]
    return groups[::-1]


class _Ruler:
    """Measures runs of pieces in constant time, by sums of widths."""

    def __init__(self, pieces: Sequence[_Piece]) -> None:
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
        return bisect_right(self._sums, columns + self._sums[first] + self._spaces[first], lo=first) - 1


def _break(left: _Piece, right: _Piece) -> float:
    return break_price(left.text, right.text, right.start - left.end)


def _lines(pieces: Sequence[_Piece], columns: int) -> tuple[str, ...]:
    """One line if the pieces fit, else the two that are best balanced and best divided."""
    ruler, count = _Ruler(pieces), len(pieces)
    if ruler.width(0, count) <= columns or count == 1:
        return (_running(pieces),)

    def price(middle: int) -> float:
        """How bad it looks to divide at `middle`: columns of imbalance, and what the break itself costs."""
        upper, lower = ruler.width(0, middle), ruler.width(middle, count)
        return abs(upper - lower) + 10 * _break(pieces[middle - 1], pieces[middle])

    middles = (m for m in range(1, count) if max(ruler.width(0, m), ruler.width(m, count)) <= columns)
    middle = min(middles, key=price)  # of equals the first, which leaves the lower line longer
    return (_running(pieces[:middle]), _running(pieces[middle:]))


def _running(pieces: Iterable[_Piece]) -> str:
    return "".join(piece.text if piece.glued else " " + piece.text for piece in pieces).lstrip()


def _spans(groups: Sequence[Sequence[_Piece]], rules: CueRules) -> Iterator[tuple[int, int]]:
    """When each cue stands on the screen, in milliseconds, one after the other."""
    free_from = 0
    for index, group in enumerate(groups):
        start = max(group[0].start, free_from)
        end = min(max(group[-1].end, start + rules.shortest_ms), start + rules.longest_ms)
        if index + 1 < len(groups):
            end = min(end, max(groups[index + 1][0].start, start + rules.glimpse_ms))
        yield start, end
        free_from = end
