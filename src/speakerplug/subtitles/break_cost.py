# ruff: noqa: RUF001 - the punctuation of many scripts stands here on purpose.
"""The cost of a line break or a cue end between two words: how badly it reads."""

from __future__ import annotations

from ..attribution.sentence import TRAILING_QUOTES, period_of

_NEVER_FIRST = frozenset(
    ".,;:!?…)]}»”%。、，．！？；：）」』】》〉〕｝％؟،؛।۔・ーぁぃぅぇぉゃゅょっゎァィゥェォャュョッヮヵヶ々ゝゞヽヾ។៕ៗ၊။ๆฯໆຯ"
)
_NEVER_LAST = frozenset("([{«“¿¡（「『【《〈〔｛")
_CLAUSE_ENDS = frozenset(",;:–—、，；：،؛")
_CONJUNCTIONS = frozenset(
    """
    and or but nor so yet because although though while when if unless until since that which who where
    after before about above across against along among around at behind below beside between beyond by
    despite during except for from in inside into near of on onto over past through to toward under upon
    with within without
    """.split()  # noqa: SIM905 - a list of these would be a page
)
"""English conjunctions and prepositions: good words to begin a line with."""
_PROCLITICS = frozenset(
    """
    a an the this these those my your his her its our their am is are was were been being have has had
    does will would shall should can could may might must i'm you're we're they're i've you've we've
    they've i'll you'll we'll from into with and because
    """.split()  # noqa: SIM905 - a list of these would be a page
)
"""English articles, possessives, auxiliaries and such: words that belong to the next one."""

# Costs of a break, in a cue or between cues.
AT_SENTENCE = 0.0
AT_CLAUSE = 0.6
_AT_PAUSE = 0.8
_BEFORE_CONJUNCTION = 1.2
_ANYWHERE = 1.5
_WITHIN_PHRASE = 1.9
_AFTER_ABBREVIATION = 4.0
_FORBIDDEN = 6.0
_PAUSE_MS = 300


def break_cost(left: str, right: str, pause_ms: int, language: str | None = None) -> float:
    """Return the cost of ending a line or a cue between two tokens, in text of `language` (a code) if known."""
    if right[0] in _NEVER_FIRST or left[-1] in _NEVER_LAST:
        return _FORBIDDEN
    if not left[-1].isalnum():
        period = period_of(left, right, language)
        if period == "end":
            return AT_SENTENCE
        if period == "bound":
            return _AFTER_ABBREVIATION
        if left.rstrip(TRAILING_QUOTES)[-1:] in _CLAUSE_ENDS:
            return AT_CLAUSE
    if pause_ms >= _PAUSE_MS:
        return _AT_PAUSE
    if _is_phrase(left, right):
        return _WITHIN_PHRASE
    return _BEFORE_CONJUNCTION if right.lower() in _CONJUNCTIONS else _ANYWHERE


def _is_phrase(left: str, right: str) -> bool:
    """Return whether two words belong together: an article and its noun, an auxiliary and its verb, a full name."""
    if left.lower() in _PROCLITICS:
        return True
    if left[0].isupper() and right[0].isupper() and len(left) > 1:
        return True
    # In most languages articles and prepositions are the short words.
    return len(left) <= 3
