# ruff: noqa: RUF001 - the punctuation of many scripts stands here on purpose.
"""Sentence ends: a period after an abbreviation, an initial or a German ordinal is none."""

from __future__ import annotations

import re
from typing import Literal

from .abbreviations import ANY, LANGUAGES, MONTHS, WITH_ORDINALS

TRAILING_QUOTES = "\"'”’»)]}」』）"
_LEADING = "\"'“‘„«»([{¿¡-–—"
_SENTENCE_ENDS = frozenset(".!?…。．！？؟।۔։။។៕")

_ACRONYM = re.compile(r"(?:[^\W\d_]{1,2}\.-?)+[^\W\d_]{1,2}\.")
"""U.S., a.m., J.K., J.-P., Ph.D.: one or two letters before each period."""
_SHORT = re.compile(r"[^\W\d_]{1,3}\.")
"""The second part of z. B., p. ej., J. K."""
_ORDINAL = re.compile(r"\d{1,2}\.")

Period = Literal["end", "bound", "neither"]
"""What a period is: the end of a sentence, or bound to the word that follows it, or neither."""


def ends_sentence(text: str, following: str, language: str | None = None) -> bool:
    """Return whether a sentence ends between two words; `language` is a code such as `de`, None where unknown."""
    return period_of(text, following, language) == "end"


def period_of(text: str, following: str, language: str | None = None) -> Period:
    """Return what the punctuation at the end of a word is, given the word that follows it."""
    core = text.rstrip(TRAILING_QUOTES)
    if core[-1:] not in _SENTENCE_ENDS:
        return "neither"
    if core[-1] != "." or core.endswith(".."):
        return "neither" if core[-1] == "." and following[0].islower() else "end"
    return _period(core.lstrip(_LEADING), following.lstrip(_LEADING) or following, (language or "").lower()[:2])


def _period(core: str, following: str, code: str) -> Period:
    """Return what a single period is, of words without quotes around them."""
    table = LANGUAGES.get(code, ANY)
    name = core[:-1].lower().replace("’", "'")
    name = name if name in table.final else name.rpartition("'")[2]  # Italian and French: l'ing., d'av.
    opens = following[0].isupper() and following.rstrip(".,!?;:…").lower().replace("’", "'") in table.openers
    is_lower, is_digit = following[0].islower(), following[0].isdigit()
    if (name in table.bound and not (opens and name in table.final)) or (
        is_digit and (name in table.numbered or name.endswith("str"))
    ):  # Hauptstr. 5
        return "bound"
    if _ORDINAL.fullmatch(core) and _is_ordinal(following, code, opens):
        return "bound"
    is_letter = len(core) == 2 and core[0].isalpha()
    if is_letter and _SHORT.match(following):
        return "bound"
    if (is_letter and core[0].isupper()) or _ACRONYM.fullmatch(core):
        return "end" if opens else "neither" if is_lower else "bound"
    if name in table.final:
        return "end" if opens else "neither"
    return "neither" if is_lower else "end"


def _is_ordinal(following: str, code: str, opens: bool) -> bool:
    if code in WITH_ORDINALS:
        return not opens and following[0].isalpha()
    return code not in LANGUAGES and following.rstrip(".,!?;:").lower() in MONTHS
