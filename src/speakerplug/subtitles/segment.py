"""Cuts what one speaker says into cues, so that each reads well and stays long enough to be read.

The words of a speaker up to the next long pause are an utterance; an utterance is cut where the cheapest sequence of
cues ends (dynamic programming over all ways to cut it).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from operator import attrgetter

from .break_cost import AT_SENTENCE
from .rules import CueRules
from .tokens import Piece, Ruler, price_of_break

# Prices of a cue. One more cue costs less than a sentence that ends inside one, more than that if either is too small.
_EACH_CUE = 1.0
_SENTENCE_INSIDE = 1.6
_TOO_SMALL = 2.0
_TOO_FAST = 2.0
"""For text that would need twice the time that there is; more, up to this again, for more."""
_KEEPS_WAITING = 2.5
"""For each second that somebody who begins to speak meanwhile has to wait for the end of the cue."""

_NEVER = 1 << 60


@dataclass(frozen=True, slots=True)
class Floor:
    """When pieces begin, sorted, in milliseconds; whose they are; and when after each somebody else begins."""

    starts: Sequence[int] = ()
    speakers: Sequence[str | None] = ()
    others: Sequence[int] = ()

    @classmethod
    def of(cls, *spoken: Sequence[Piece]) -> Floor:
        """The floor that the pieces of some speakers share."""
        pieces = sorted((piece for own in spoken for piece in own), key=attrgetter("start"))
        others = [_NEVER] * len(pieces)
        for index in range(len(pieces) - 2, -1, -1):
            following = pieces[index + 1]
            same = following.speaker == pieces[index].speaker
            others[index] = others[index + 1] if same else following.start
        return cls([piece.start for piece in pieces], [piece.speaker for piece in pieces], others)

    def free_until(self, piece: Piece) -> int:
        """When somebody, the speaker or another, speaks next."""
        index = bisect_left(self.starts, max(piece.end, piece.start + 1))
        return self.starts[index] if index < len(self.starts) else _NEVER

    def other_after(self, piece: Piece) -> int:
        """When another speaker begins a word after the start of this piece."""
        index = bisect_right(self.starts, piece.start)
        if index == len(self.starts):
            return _NEVER
        return self.others[index] if self.speakers[index] == piece.speaker else self.starts[index]


def cut(pieces: Sequence[Piece], rules: CueRules, floor: Floor, reserved: int) -> Iterator[list[Piece]]:
    """The pieces of one speaker as groups, a cue each; `reserved` columns of each cue are for a name."""
    for utterance in _utterances(pieces, rules):
        yield from _cheapest(utterance, rules, floor, reserved)


def _utterances(pieces: Sequence[Piece], rules: CueRules) -> Iterator[list[Piece]]:
    """The pieces between two long pauses."""
    utterance: list[Piece] = []
    for piece in pieces:
        if utterance and piece.start - utterance[-1].end >= rules.pause_ms:
            yield utterance
            utterance = []
        utterance.append(piece)
    if utterance:
        yield utterance


def _cheapest(pieces: list[Piece], rules: CueRules, floor: Floor, reserved: int) -> list[list[Piece]]:
    """The cheapest way to cut one utterance into cues.

    `best[i]` is the least price of cutting the first `i` pieces and `came[i]` where their last cue begins.
    """
    count, ruler = len(pieces), Ruler(pieces)
    ends = [AT_SENTENCE, *(price_of_break(left, right) for left, right in pairwise(pieces)), AT_SENTENCE]
    sentences = list(accumulate(price == AT_SENTENCE for price in ends))
    free = [0, *(floor.free_until(piece) - rules.gap_ms for piece in pieces)]
    best, came = [0.0] + [float("inf")] * count, [0] * (count + 1)
    for first in range(count):
        start, waiting = pieces[first].start, floor.other_after(pieces[first])
        for last in range(first + 1, _limit(ruler, first, rules, reserved) + 1):
            end = pieces[last - 1].end
            if last > first + 1 and end - start > rules.longest_ms:
                break
            price = best[first] + _EACH_CUE + ends[last] + _SENTENCE_INSIDE * (sentences[last - 1] - sentences[first])
            width = ruler.width(first, last)
            shown = min(free[last] - start, rules.longest_ms)
            # A cue that cannot last until the next one, which comes soon, would leave a gap that is too small.
            stuck = shown < free[last] - start and free[last] + rules.gap_ms - end < rules.chain_ms
            if width * 2 < rules.columns or shown < rules.shortest_ms or stuck:
                price += _TOO_SMALL
            needed = width * 1000 / rules.cps
            if needed > shown:
                price += _TOO_FAST * min(2.0, needed / max(shown, 1) - 1)
            if waiting < end:
                price += _KEEPS_WAITING * min(2.0, (end - waiting) / 1000)
            if price < best[last]:
                best[last], came[last] = price, first
    return _walk_back(pieces, came)


def _limit(ruler: Ruler, first: int, rules: CueRules, reserved: int) -> int:
    """Where a cue that begins at `first` ends at the latest, by its lines; one piece always has a cue."""
    reached = ruler.reach(first, rules.columns - reserved)
    for _ in range(rules.lines - 1):
        reached = ruler.reach(reached, rules.columns)
    return max(first + 1, reached)


def _walk_back(pieces: list[Piece], came: list[int]) -> list[list[Piece]]:
    groups, last = [], len(pieces)
    while last:
        groups.append(pieces[came[last] : last])
        last = came[last]
    return groups[::-1]
