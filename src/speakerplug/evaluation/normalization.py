"""Text as the scorer compares it: case and punctuation, and of English spelling, numbers and contractions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from functools import cache

from ..transcript import Word, text_of

SPACELESS = ("zh", "ja", "th", "lo", "my", "km", "yue")
"""Languages written without spaces: there a word that is scored is a character."""


@cache
def _normalizer(language: str) -> Callable[[str], str]:
    normalize: Callable[[str], str]
    if language == "en":
        from whisper_normalizer.english import EnglishTextNormalizer

        normalize = EnglishTextNormalizer()
    else:
        from whisper_normalizer.basic import BasicTextNormalizer

        normalize = BasicTextNormalizer(split_letters=language in SPACELESS)
    return normalize


def normalized(words: Sequence[Word], language: str = "en") -> tuple[Word, ...]:
    """The words of whisper's normalizer for `language`, each with the speaker and times of the word it came from.

    The running text is normalized as a whole ("twenty" "five" becomes "25", "uh" nothing, "we're" "we" "are"), whoever
    says it; what that changes beyond the words taken alone is spread over the words it replaces, in order.
    """
    normalize = _normalizer(language)
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
