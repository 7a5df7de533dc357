# ruff: noqa: RUF001 - the punctuation of many scripts stands here on purpose.
"""Text of words: display width, sentence ends, and where a script without spaces may be divided."""

from __future__ import annotations

import unicodedata

_SENTENCE_ENDS = frozenset(".!?…。．！？؟।۔։")
_TITLES = frozenset({"mr.", "mrs.", "ms.", "dr.", "prof.", "st.", "vs."})
TRAILING_QUOTES = "\"'”’»)]}」』）"

_SPACELESS_BLOCKS = ((0x0E00, 0x0FFF), (0x1000, 0x109F), (0x1780, 0x17FF))
"""Thai, Lao and Tibetan; Burmese; Khmer: narrow letters, yet written without spaces."""


def display_width(text: str) -> int:
    """Return the width in columns (UAX #11): two for a wide East Asian character, none for a combining mark."""
    if text.isascii():
        return len(text)
    return sum(_char_width(char) for char in text)


def _char_width(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def divisible(left: str, right: str) -> bool:
    """Return whether a line may break between two words without a space between them, as in scripts without spaces."""
    if unicodedata.category(right[0]).startswith("M"):
        return False
    return _spaceless(left[-1]) or _spaceless(right[0])


def _spaceless(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF" or any(a <= ord(char) <= b for a, b in _SPACELESS_BLOCKS)


def ends_sentence(text: str, following: str) -> bool:
    """Return whether a sentence ends between two words; a title or an initial before a name does not end one."""
    core = text.rstrip(TRAILING_QUOTES)
    if core[-1:] not in _SENTENCE_ENDS:
        return False
    initial = len(core) == 2 and core[0].isupper()
    return not (core.endswith(".") and (following[0].islower() or core.lower() in _TITLES or initial))
