"""Words as they are written, with the times of the words as they were spoken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from ...attribution.word_times import interpolated
from ...transcript import Word

MAX_WORDS = 300
"""A longer phrase keeps its spoken words: the comparison takes time in proportion to the square of its length."""


def as_displayed(said: str, words: Sequence[Word]) -> list[Word]:
    """Return the words of the written text `said`: "Twenty five." is written "25." and has the time of both.

    Written words that match no spoken one have no times.
    """
    written = interpolated([(words[0].speaker, said)], None, None) if words else []
    if not words or not written or max(len(words), len(written)) > MAX_WORDS:
        return list(words)
    found: list[Word] = []
    pairs = SequenceMatcher(None, [_key(word) for word in words], [_key(word) for word in written], autojunk=False)
    for how, first, last, begin, end in pairs.get_opcodes():
        own = words[first:last]
        if how == "equal":
            found += [
                replace(spoken, text=shown.text, joined=shown.joined)
                for spoken, shown in zip(own, written[begin:end], strict=True)
            ]
        elif own and end > begin:
            parts = [(own[0].speaker, "".join(_spaced(word) for word in written[begin:end]))]
            shares = interpolated(parts, own[0].start, own[-1].end)
            found += [replace(shown, joined=was.joined) for shown, was in zip(shares, written[begin:end], strict=False)]
        else:
            found += written[begin:end]
    return [word if word.joined else replace(word, text=" " + word.text) for word in found]


def _key(word: Word) -> str:
    return "".join(char for char in word.text.casefold() if char.isalnum())


def _spaced(word: Word) -> str:
    return word.text if word.joined else " " + word.text
