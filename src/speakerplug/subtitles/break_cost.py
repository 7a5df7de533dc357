# ruff: noqa: RUF001 - the punctuation of many scripts stands here on purpose.
"""The cost of ending a line or a cue between two words: how bad it reads."""

from __future__ import annotations

from ..attribution.text import TRAILING_QUOTES, ends_sentence

_NEVER_FIRST = frozenset(".,;:!?…)]}»”%。、，．！？；：）」』】》〉％؟،؛।۔ーゃゅょっャュョッ々")
_NEVER_LAST = frozenset("([{«“¿¡（「『【《〈")
_CLAUSE_ENDS = frozenset(",;:–—、，；：،؛")
_LINKS = frozenset(
    """
    and or but nor so yet because although though while when if unless until since that which who where
    after before about above across against along among around at behind below beside between beyond by
    despite during except for from in inside into near of on onto over past through to toward under upon
    with within without
    """.split()  # noqa: SIM905 - a list of these would be a page
)
"""English conjunctions and prepositions: a line may well begin with one."""
_BOUND = frozenset(
    """
    a an the this these those my your his her its our their am is are was were been being have has had
    does will would shall should can could may might must i'm you're we're they're i've you've we've
    they've i'll you'll we'll from into with and because
    """.split()  # noqa: SIM905 - a list of these would be a page
)
"""English articles, possessives, auxiliaries and such: the word after one belongs to it."""

# Costs of a break, of a cue or of a line.
AT_SENTENCE = 0.0
_AT_CLAUSE = 0.6
_AT_BREATH = 0.8
_BEFORE_A_LINK = 1.2
_ANYWHERE = 1.5
_WITHIN_A_PHRASE = 1.9
_FORBIDDEN = 6.0
_BREATH_MS = 300


def break_cost(left: str, right: str, pause_ms: int) -> float:
    """How bad it reads to end a line or a cue between two tokens."""
    if right[0] in _NEVER_FIRST or left[-1] in _NEVER_LAST:
        return _FORBIDDEN
    if ends_sentence(left, right):
        return AT_SENTENCE
    if left.rstrip(TRAILING_QUOTES)[-1:] in _CLAUSE_ENDS:
        return _AT_CLAUSE
    if pause_ms >= _BREATH_MS:
        return _AT_BREATH
    if _is_phrase(left, right):
        return _WITHIN_A_PHRASE
    return _BEFORE_A_LINK if right.lower() in _LINKS else _ANYWHERE


def _is_phrase(left: str, right: str) -> bool:
    """Whether two words belong together: an article and its noun, an auxiliary and its verb, first and last name."""
    if left.lower() in _BOUND:
        return True
    if left[0].isupper() and right[0].isupper() and len(left) > 1:
        return True
    # In most languages articles and prepositions are the short words.
    return len(left) <= 3
