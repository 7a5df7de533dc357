# ruff: noqa: RUF001 - the punctuation of many scripts stands here on purpose.
"""How text behaves in a line: what is shown of it, how wide it is, and where it reads well to end the line."""

from __future__ import annotations

import unicodedata

_NEVER_FIRST = frozenset(".,;:!?…)]}»”%。、，．！？；：）」』】》〉％؟،؛।۔ーゃゅょっャュョッ々")
_NEVER_LAST = frozenset("([{«“¿¡（「『【《〈")
_SENTENCE_ENDS = frozenset(".!?…。．！？؟।۔։")
_CLAUSE_ENDS = frozenset(",;:–—、，；：،؛")
_TITLES = frozenset({"mr.", "mrs.", "ms.", "dr.", "prof.", "st.", "vs."})
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
_TRAILING_QUOTES = "\"'”’»)]}」』）"

_UNPRINTABLE = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0)), " ") | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
"""Control characters, and halves of characters (from a file name that is not UTF-8), which no file can hold."""

_SPACELESS_BLOCKS = ((0x0E00, 0x0FFF), (0x1000, 0x109F), (0x1780, 0x17FF))
"""Thai, Lao and Tibetan; Burmese; Khmer: narrow letters, yet written without spaces."""

# Prices of a break, of a cue or of a line.
AT_SENTENCE = 0.0
_AT_CLAUSE = 0.6
_AT_BREATH = 0.8
_BEFORE_A_LINK = 1.2
_ANYWHERE = 1.5
_WITHIN_A_PHRASE = 1.9
_FORBIDDEN = 6.0
_BREATH_MS = 300


def plain(text: str) -> str:
    """Text that fits one line of any file: white space collapsed, no control characters, encodable."""
    if text.isascii() and text.isalnum():
        return text
    return " ".join(text.translate(_UNPRINTABLE).split())


def display_width(text: str) -> int:
    """Columns that `text` takes: two for an East Asian wide character, none for a combining mark (UAX #11)."""
    if text.isascii():
        return len(text)
    return sum(_char_width(char) for char in text)


def _char_width(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def divisible(left: str, right: str) -> bool:
    """Whether a line may end between two words that no space divides: where the script has none."""
    if unicodedata.category(right[0]).startswith("M"):
        return False
    return _spaceless(left[-1]) or _spaceless(right[0])


def _spaceless(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF" or any(a <= ord(char) <= b for a, b in _SPACELESS_BLOCKS)


def break_price(left: str, right: str, pause_ms: int) -> float:
    """How bad it reads to end a line or a cue between two pieces."""
    if right[0] in _NEVER_FIRST or left[-1] in _NEVER_LAST:
        return _FORBIDDEN
    if ends_sentence(left, right):
        return AT_SENTENCE
    if left.rstrip(_TRAILING_QUOTES)[-1:] in _CLAUSE_ENDS:
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


def ends_sentence(text: str, following: str) -> bool:
    """Whether a sentence ends between two pieces; a title or an initial before a name does not end one."""
    core = text.rstrip(_TRAILING_QUOTES)
    if core[-1:] not in _SENTENCE_ENDS:
        return False
    initial = len(core) == 2 and core[0].isupper()
    return not (core.endswith(".") and (following[0].islower() or core.lower() in _TITLES or initial))
