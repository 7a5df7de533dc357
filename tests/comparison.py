"""How far two runs of the same networks on the same audio may differ.

Another processor, batch size or number of threads rounds differently: ends of words move by hundredths of a second, and
a few words in a thousand are recognized as others. Order and speakers are the same, and no word is lost.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from itertools import pairwise

from speakerplug import Word

SLIP_S = 0.1
"""Maximum distance of the edges of a word, in seconds."""


def letters(text: str) -> str:
    """Return `text` without what recognizers vary: case, spaces, punctuation."""
    return re.sub(r"[^a-z0-9']", "", text.lower())


def paired(one: Sequence[str], other: Sequence[str]) -> list[tuple[int, int]]:
    """Return the positions of the words that two texts share, in order; a word that one lacks moves no other."""
    spelled = [letters(text) for text in one], [letters(text) for text in other]
    blocks = difflib.SequenceMatcher(None, *spelled, autojunk=False).get_matching_blocks()
    return [(block.a + i, block.b + i) for block in blocks for i in range(block.size)]


def assert_same_words(one: Sequence[Word], other: Sequence[Word]) -> None:
    """Assert that no word is lost, moved by more than SLIP_S, out of order or of another speaker.

    One word in a thousand, rounded up, may be recognized as another.
    """
    pairs = [(one[i], other[j]) for i, j in paired([w.text for w in one], [w.text for w in other])]
    assert abs(len(one) - len(other)) <= 1
    assert len(pairs) >= max(len(one), len(other)) - max(1, len(one) // 1000)
    for a, b in pairs:
        assert (a.speaker, a.method) == (b.speaker, b.method), (a, b)
        assert abs((a.start or 0.0) - (b.start or 0.0)) <= SLIP_S, (a, b)
        assert abs((a.end or 0.0) - (b.end or 0.0)) <= SLIP_S, (a, b)
    for words in (one, other):
        assert all((a.start or 0.0) <= (b.start or 0.0) for a, b in pairwise(words))
