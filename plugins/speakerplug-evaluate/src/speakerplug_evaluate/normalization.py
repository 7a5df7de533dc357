"""Normalization of text for scoring: case and punctuation; for English also spelling, numbers and contractions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from functools import cache

from speakerplug.plugin import Transcript, Word

SPACELESS = ("zh", "ja", "th", "lo", "my", "km", "yue")
"""Languages written without spaces, in which each character is scored as a word."""
CHUNK, LONGEST_CHUNK = 300, 500
"""Words that are normalized together; matching them with the result takes time quadratic in their number."""


@cache
def _normalizer(language: str) -> Callable[[str], str]:
    normalize: Callable[[str], str]
    if language == "en":
        from whisper_normalizer.english import EnglishTextNormalizer

        normalize = _with_fallback(EnglishTextNormalizer())
    else:
        from whisper_normalizer.basic import BasicTextNormalizer

        normalize = BasicTextNormalizer(split_letters=language in SPACELESS)
    return normalize


def _with_fallback(normalize: Callable[[str], str]) -> Callable[[str], str]:
    """Return `normalize` with a fallback for numbers that it cannot handle, such as one with thousands of digits."""
    from whisper_normalizer.basic import BasicTextNormalizer

    plain = BasicTextNormalizer()

    def _attempt(text: str) -> str:
        try:
            return normalize(text)
        except (AssertionError, ValueError, ArithmeticError):
            return str(plain(text))

    return _attempt


def normalized(words: Sequence[Word], language: str = "en") -> tuple[Word, ...]:
    """Return the words after Whisper's normalizer for `language`, each with the speaker and times of its source.

    The running text is normalized as a whole, across speakers ("twenty" "five" becomes "25", "uh" nothing, "we're"
    "we" "are"); words that only the whole text changes are mapped to the words they replace, in order. A long text is
    cut into chunks where the speaker changes.
    """
    normalize = _normalizer(language)
    return tuple(word for chunk in _chunks(words) for word in _normalized(chunk, normalize))


def _chunks(words: Sequence[Word]) -> Iterator[Sequence[Word]]:
    first = 0
    for i in range(1, len(words)):
        if i - first >= LONGEST_CHUNK or (i - first >= CHUNK and words[i].speaker != words[i - 1].speaker):
            yield words[first:i]
            first = i
    yield words[first:]


def _normalized(words: Sequence[Word], normalize: Callable[[str], str]) -> Sequence[Word]:
    alone = [(text, word) for word in words for text in normalize(word.text).split()]
    together = normalize(Transcript(words=tuple(words)).text).split()
    if not alone:
        return []
    result = []
    for _, i, i_end, j, j_end in SequenceMatcher(None, [text for text, _ in alone], together, False).get_opcodes():
        for k in range(j, j_end):
            source = min(i + (k - j) * (i_end - i) // (j_end - j), len(alone) - 1)
            result.append(replace(alone[source][1], text=together[k], joined=False))
    return result
