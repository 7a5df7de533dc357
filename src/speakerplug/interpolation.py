"""Words of a text whose times are known only as a whole: each gets its share by its length."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

from .transcript import Word
from .typography import display_width, divisible, plain

Said = Sequence[tuple[str | None, str]]
"""The parts of one text: who speaks, and what, with its line breaks."""


def interpolated(said: Said, start: float | None, end: float | None) -> list[Word]:
    """The words of `said`, each as long as its text is in characters, from `start` to `end` (seconds).

    All are marked estimated; where a time is not known, they have none. East Asian text becomes a word a character.
    """
    pieces = [(speaker, *piece) for speaker, text in said for piece in _pieces(text)]
    if start is None or end is None:
        return [Word(text, None, None, speaker, joined=joined) for speaker, text, joined in pieces]
    length = max(0.0, end - start)
    sums = list(accumulate((len(text) for _, text, _ in pieces), initial=0))
    edges = [round(start + length * part / sums[-1], 3) for part in sums] if pieces else []
    return [
        Word(text, *times, speaker, joined=joined, estimated=True)
        for (speaker, text, joined), times in zip(pieces, pairwise(edges), strict=True)
    ]


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """The words of a text, and whether each is joined to the one before: a character, in East Asian scripts."""
    last = ""
    for line in text.splitlines():
        for number, token in enumerate(plain(line).split(" ")):
            begin = 0
            for cut in [i for i in range(1, len(token)) if _ideograph(token[i])] + [len(token)]:
                piece = token[begin:cut]
                if piece:
                    at_break = number == 0 and last != "" and divisible(last, piece)
                    yield piece, begin > 0 or at_break
                    last, begin = piece, cut


def _ideograph(char: str) -> bool:
    return unicodedata.category(char) == "Lo" and display_width(char) == 2
