"""Text of words: display width, and where a script without spaces may be divided."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_SPACELESS_BLOCKS = ((0x0E00, 0x0FFF), (0x1000, 0x109F), (0x1780, 0x17FF))
"""Thai, Lao and Tibetan; Burmese; Khmer: narrow letters, yet written without spaces."""
ZERO_WIDTH_JOINER = "\u200d"
_SKIN_TONES = "\U0001f3fb-\U0001f3ff"
_PART_OF_EMOJI = re.compile(f"{ZERO_WIDTH_JOINER}[\u2190-\u2bff\U0001f000-\U0001faff]|(?<=.)[{_SKIN_TONES}]")
"""What is drawn into the emoji before it: another one behind a joiner, and a skin tone."""


def display_width(text: str) -> int:
    """Return the width in columns (UAX #11): two for an East Asian character or an emoji, none for a mark."""
    if text.isascii():
        return len(text)
    if max(text) > "\U0001f000":
        text = _PART_OF_EMOJI.sub("", text)
    return sum(map(_char_width, text))


@lru_cache(maxsize=4096)
def _char_width(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf") or "\u1160" <= char <= "\u11ff":  # vowels of a Hangul syllable
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def divisible(left: str, right: str) -> bool:
    """Return whether a line may break between two words without a space between them, as in scripts without spaces."""
    if unicodedata.category(right[0]).startswith("M") or right[0] == ZERO_WIDTH_JOINER or left[-1] == ZERO_WIDTH_JOINER:
        return False
    if "\U0001f3fb" <= right[0] <= "\U0001f3ff":
        return False
    return _spaceless(left[-1]) or _spaceless(right[0])


def _spaceless(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF" or any(a <= ord(char) <= b for a, b in _SPACELESS_BLOCKS)
