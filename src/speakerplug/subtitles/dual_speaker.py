"""Dual-speaker cues: two short cues of two speakers in one, a line each, where neither has enough time alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..attribution.text import display_width
from .rules import CueRules
from .tokens import Token, joined_text

HYPHEN = "-"


def merge_pairs(
    groups: Sequence[list[Token]], rules: CueRules, label_of: Callable[[str | None], str]
) -> list[list[list[Token]]]:
    """Return the groups as blocks of one or two; `label_of` gives the label of a speaker, which may be empty."""
    blocks: list[list[list[Token]]] = []
    index = 0
    while index < len(groups):
        pair = list(groups[index : index + 2])
        follows = groups[index + 2][0].start if index + 2 < len(groups) else None
        if _belong_together(pair, follows, rules, label_of):
            blocks.append(pair)
            index += 2
        else:
            blocks.append(pair[:1])
            index += 1
    return blocks


def _belong_together(
    pair: Sequence[list[Token]], follows: int | None, rules: CueRules, label_of: Callable[[str | None], str]
) -> bool:
    if len(pair) < 2 or rules.lines < 2 or pair[0][0].speaker == pair[1][0].speaker:
        return False
    first, second = pair
    widths = [display_width(HYPHEN + label_of(group[0].speaker) + joined_text(group)) for group in pair]
    if max(widths) > rules.columns or second[0].start - first[-1].end >= rules.pause_ms:
        return False
    if max(first[-1].end, second[-1].end) - first[0].start > rules.longest_ms - rules.chain_ms:
        return False
    times = [second[0].start - first[0].start]
    if follows is not None:
        times.append(follows - second[0].start)
    needed = (max(rules.shortest_ms, rules.reading_ms(width)) + rules.gap_ms for width in widths)
    return any(has < needs for has, needs in zip(times, needed, strict=False))
