"""Line breaks: divide the text of a cue into balanced lines that read well."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from .tokens import Token, Widths, cost_of_break, joined_text


def lines_of(tokens: Sequence[Token], columns: int, most: int, reserved: int = 0) -> tuple[str, ...]:
    """Return the fewest lines that the tokens fit in, balanced; `reserved` columns of the first line are taken.

    Where they do not fit `most` lines, as with a word wider than a line, lines are as wide as they need to be.
    """
    widths, count = Widths(tokens), len(tokens)
    needed, reached = 0, 0
    while reached < count:
        further = widths.reach(reached, columns - (0 if needed else reserved))
        # A label that leaves no room for the first word makes its line too wide, like a word that is.
        reached, needed = max(further, reached + 1), needed + 1
    needed = min(needed, most)
    if needed == 1:
        return (joined_text(tokens),)
    cuts = _cuts(tokens, widths, columns, needed, reserved)
    return tuple(joined_text(tokens[first:last]) for first, last in pairwise(cuts))


def _cuts(tokens: Sequence[Token], widths: Widths, columns: int, lines: int, reserved: int) -> list[int]:
    """Return where the lines begin, and the end: the cheapest cuts by imbalance and by the cost of each break.

    Of equal costs the earliest break is taken, which leaves the lower line longer.
    """
    count = len(tokens)
    even = (widths.width(0, count) + reserved) / lines
    breaks = [0.0, *(10 * cost_of_break(tokens[i - 1], tokens[i]) for i in range(1, count)), 0.0]

    def cost(first: int, last: int) -> float:
        """Return the cost of the line from `first` to `last`; one that is too wide is a last resort."""
        width = widths.width(first, last) + (0 if first else reserved)
        too_wide = 10_000.0 * (width - columns) if width > columns else 0.0
        return abs(width - even) + breaks[last] + too_wide

    best: list[tuple[float, list[int]]] = [
        (cost(0, last), [0, last]) if last else (0.0, [0]) for last in range(count + 1)
    ]
    for line in range(1, lines):
        best = [
            min(
                ((best[middle][0] + cost(middle, last), [*best[middle][1], last]) for middle in range(line, last)),
                key=lambda found: found[0],
                default=(float("inf"), [0]),
            )
            for last in range(count + 1)
        ]
    return best[count][1]
