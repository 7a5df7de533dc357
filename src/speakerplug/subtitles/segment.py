"""Segment the words of one speaker into cues that read well and are shown long enough.

The words of a speaker up to the next long pause are an utterance, which is divided into the cheapest sequence of cues
(dynamic programming over all ways to divide it).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from operator import attrgetter

from .break_cost import AT_SENTENCE
from .rules import CueRules
from .tokens import Token, Widths, cost_of_break

# Costs of a cue. One more cue costs less than a sentence end inside one, and more than that if either is too small.
_PER_CUE = 1.0
_SENTENCE_INSIDE = 1.6
_TOO_SMALL = 2.0
_TOO_FAST = 2.0
"""For text that needs twice the time that there is; proportionally for less and more, at most twice this."""
_DELAYS_OTHERS = 2.5
"""For each second that another speaker's cue is delayed by this one."""

_NEVER = 1 << 60


@dataclass(frozen=True, slots=True)
class Timeline:
    """The starts of tokens, sorted, in milliseconds; their speakers; and the next start of another speaker."""

    starts: Sequence[int] = ()
    speakers: Sequence[str | None] = ()
    others: Sequence[int] = ()

    @classmethod
    def of(cls, *spoken: Sequence[Token]) -> Timeline:
        """Return the timeline that the tokens of several speakers share."""
        tokens = sorted((token for own in spoken for token in own), key=attrgetter("start"))
        others = [_NEVER] * len(tokens)
        for index in range(len(tokens) - 2, -1, -1):
            following = tokens[index + 1]
            same = following.speaker == tokens[index].speaker
            others[index] = others[index + 1] if same else following.start
        return cls([token.start for token in tokens], [token.speaker for token in tokens], others)

    def free_until(self, token: Token) -> int:
        """Return when anybody, the same speaker or another, speaks next (ms)."""
        index = bisect_left(self.starts, max(token.end, token.start + 1))
        return self.starts[index] if index < len(self.starts) else _NEVER

    def other_after(self, token: Token) -> int:
        """Return when another speaker first begins a word after the start of this token (ms)."""
        index = bisect_right(self.starts, token.start)
        if index == len(self.starts):
            return _NEVER
        return self.others[index] if self.speakers[index] == token.speaker else self.starts[index]


def segment(tokens: Sequence[Token], rules: CueRules, timeline: Timeline, reserved: int) -> Iterator[list[Token]]:
    """Yield the tokens of one speaker as groups, one per cue; `reserved` columns of each cue are for a label."""
    begun = 0
    for first, last in [*_slow_cues(tokens, rules, reserved), (len(tokens), len(tokens))]:
        for utterance in _utterances(tokens[begun:first], rules):
            yield from _cheapest(utterance, rules, timeline, reserved)
        if first < last:
            yield list(tokens[first:last])
        begun = last


def _slow_cues(tokens: Sequence[Token], rules: CueRules, reserved: int) -> Iterator[tuple[int, int]]:
    """Yield where cues with few words begin and end that were longer than allowed in their file, and stay one cue.

    When their words were spoken is unknown; to cut them would make cues of single words, shown at estimated times.
    """
    begins = [index for index, token in enumerate(tokens) if token.words[0].begins_segment]
    for first, following in pairwise([*begins, len(tokens)]):
        last = next((i for i in range(first, following) if not tokens[i].words[0].estimated), following)
        length = tokens[last - 1].end - tokens[first].start
        if length <= rules.longest_ms:
            continue
        widths = Widths(tokens[first:last])
        is_slow = widths.width(0, last - first) * 2000 <= rules.cps * length
        if is_slow and _limit(widths, 0, rules, reserved) == last - first:
            yield first, last


def _utterances(tokens: Sequence[Token], rules: CueRules) -> Iterator[list[Token]]:
    """Yield the tokens between two long pauses; a cue of a file that ended a sentence, and is long enough, ends one."""
    utterance: list[Token] = []
    for token in tokens:
        if utterance and (
            token.start - utterance[-1].end >= rules.pause_ms
            or (
                token.words[0].begins_segment
                and token.start - utterance[0].start >= rules.shortest_ms
                and cost_of_break(utterance[-1], token) == AT_SENTENCE
            )
        ):
            yield utterance
            utterance = []
        utterance.append(token)
    if utterance:
        yield utterance


def _cheapest(tokens: list[Token], rules: CueRules, timeline: Timeline, reserved: int) -> list[list[Token]]:
    """Return the cheapest way to segment one utterance into cues.

    `best[i]` is the minimum cost of cutting the first `i` tokens, and `origin[i]` where their last cue begins.
    """
    count, widths = len(tokens), Widths(tokens)
    ends = [AT_SENTENCE, *(cost_of_break(left, right) for left, right in pairwise(tokens)), AT_SENTENCE]
    sentences = list(accumulate(cost == AT_SENTENCE for cost in ends))
    free = [0, *(timeline.free_until(token) - rules.gap_ms for token in tokens)]
    best, origin = [0.0] + [float("inf")] * count, [0] * (count + 1)
    for first in range(count):
        start, waiting = tokens[first].start, timeline.other_after(tokens[first])
        for last in range(first + 1, _limit(widths, first, rules, reserved) + 1):
            end = tokens[last - 1].end
            if last > first + 1 and end - start > rules.longest_ms:
                break
            cost = best[first] + _PER_CUE + ends[last] + _SENTENCE_INSIDE * (sentences[last - 1] - sentences[first])
            width = widths.width(first, last)
            shown = min(free[last] - start, rules.longest_ms)
            # A cue that cannot last until the next one, which comes soon, would leave too small a gap.
            stuck = shown < free[last] - start and free[last] + rules.gap_ms - end < rules.chain_ms
            if width * 2 < rules.columns or shown < rules.shortest_ms or stuck:
                cost += _TOO_SMALL
            needed = width * 1000 / rules.cps
            if needed > shown:
                cost += _TOO_FAST * min(2.0, needed / max(shown, 1) - 1)
            if waiting < end:
                cost += _DELAYS_OTHERS * min(2.0, (end - waiting) / 1000)
            if cost < best[last]:
                best[last], origin[last] = cost, first
    return _walk_back(tokens, origin)


def _limit(widths: Widths, first: int, rules: CueRules, reserved: int) -> int:
    """Return the last possible end of a cue that begins at `first`, by its lines; at least one token."""
    reached = widths.reach(first, rules.columns - reserved)
    for _ in range(rules.lines - 1):
        reached = widths.reach(reached, rules.columns)
    return max(first + 1, reached)


def _walk_back(tokens: list[Token], origin: list[int]) -> list[list[Token]]:
    groups, last = [], len(tokens)
    while last:
        groups.append(tokens[origin[last] : last])
        last = origin[last]
    return groups[::-1]
