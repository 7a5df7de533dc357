"""Text as the scorer compares it: case, punctuation, spelling, numbers and contractions of English made alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from functools import cache

from speakerplug.transcript import Word, text_of


@cache
def _normalizer() -> Callable[[str], str]:
    from whisper_normalizer.english import EnglishTextNormalizer

    normalize: Callable[[str], str] = EnglishTextNormalizer()
    return normalize


def normalized(words: Sequence[Word]) -> tuple[Word, ...]:
    """The words of whisper's EnglishTextNormalizer, each with the speaker and times of the word it came from.

    The running text is normalized as a whole ("twenty" "five" becomes "25", "uh" nothing, "we're" "we" "are"), whoever
    says it; what that changes beyond the words taken alone is spread over the words it replaces, in order.
    """
    normalize = _normalizer()
    alone = [(text, word) for word in words for text in normalize(word.text).split()]
    together = normalize(text_of(words)).split()
    if not alone:
        return ()
    result = []
    for _, i, i_end, j, j_end in SequenceMatcher(None, [text for text, _ in alone], together, False).get_opcodes():
        for k in range(j, j_end):
            source = min(i + (k - j) * (i_end - i) // (j_end - j), len(alone) - 1)
            result.append(replace(alone[source][1], text=together[k], joined=False))
    return tuple(result)
