"""Word breaks in Thai, Lao, Khmer and Burmese, which are written without spaces between words.

ICU finds the words with its dictionaries, where the extra `icu` is installed (icu4py). Otherwise text is divided
between letters with their vowels and marks: never before what belongs to the letter before it. Of segmenters in pure
Python, budoux 0.10 knows Thai alone and cuts names (`กรุงเทพม|หาน|คร`), and none that is kept knows all four scripts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache

from .text import divisible

_LETTER = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\uaa60-\uaa7f]")
_VOWELS_BEFORE = frozenset("เแโใไເແໂໃໄ")
"""Vowels that are written before the consonant after which they are spoken."""
_NEVER_FIRST = frozenset("ะาำๅๆฯະາຳຽໆຯ๏๚๛ៗ។៕៖៘៙၊။၏\u200b")
_STACKERS = frozenset("\u17d2\u1039")
"""Signs of Khmer and Burmese that put the next consonant under the one before."""
_FINAL_SIGNS = frozenset("\u0e4c\u0ecc\u103a\u1039")
"""Signs of Thai, Lao and Burmese after a consonant that ends its syllable."""
_BURMESE_TONE = "\u1037"
"""May be written between that consonant and its sign."""


def in_dictionary_script(text: str) -> bool:
    """Return whether any character is Thai, Lao, Khmer or Burmese."""
    return _LETTER.search(text) is not None


def word_breaks(text: str) -> list[int]:
    """Return where text may be divided between two words, one of which at least is Thai, Lao, Khmer or Burmese."""
    find = _icu() or _syllables
    return [
        place
        for place in find(text)
        if 0 < place < len(text)
        and in_dictionary_script(text[place - 1 : place + 1])
        and divisible(text[place - 1], text[place])
    ]


@lru_cache(maxsize=1)
def _icu() -> Callable[[str], Iterable[int]] | None:
    """Return a function that finds all line breaks in a text, None if icu4py is not installed."""
    try:
        from icu4py.breakers import LineBreaker
    except ImportError:
        return None

    def breaks(text: str) -> Iterable[int]:
        """Return the ends of the parts of a text."""
        place, found = 0, []
        # The dictionaries of all scripts are used, whatever the locale.
        for part in LineBreaker(text, "th"):
            place += len(part)
            found.append(place)
        return found

    return breaks


def _syllables(text: str) -> Iterable[int]:
    """Yield where a syllable may begin, by the letters alone."""
    for place in range(1, len(text)):
        before, after, mark = text[place - 1], text[place], text[place + 1 : place + 2]
        if mark == _BURMESE_TONE:
            mark = text[place + 2 : place + 3]
        is_fixed = before in _VOWELS_BEFORE or before in _STACKERS or after in _NEVER_FIRST or mark in _FINAL_SIGNS
        if not is_fixed and not unicodedata.category(after).startswith("M"):
            yield place
