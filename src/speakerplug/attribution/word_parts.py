"""Parts of a word: what a recognizer wrote directly onto the word before, as the `-upon` of Stratford-upon."""

from __future__ import annotations

from ..transcript import Word
from .text import divisible

APART_S = 2.0
"""What begins later than this after the end of the word before, or that much earlier, is no part of it."""


def is_part(before: Word, word: Word) -> bool:
    """Return whether a word is written onto the one before, in a script with spaces, and is near to it in time."""
    if not word.joined or not before.text or not word.text or divisible(before.text, word.text):
        return False
    return is_near(before, word)


def is_near(before: Word, word: Word) -> bool:
    """Return whether a word can follow `before` within one word, by their times, if they have some."""
    return before.end is None or word.start is None or abs(word.start - before.end) <= APART_S
