"""Languages: the code of one that other programs name, and the three letters that media files have for it."""

from __future__ import annotations

from typing import Any

_BROADER = {"yue": "zho"}
"""Three letters that ISO 639-2, and with it many players, has no language for."""


def language_code(value: Any) -> str | None:
    """Return the code of a language (en) from a code with or without a region (en-US, en_us) or a name; else None."""
    if not isinstance(value, str):
        return None
    first = _subtag(value)
    if len(first) > 3:
        return _code_of_name(first)
    return first if len(first) >= 2 and first.isascii() and first.isalpha() else None


def three_letters(language: str | None) -> str:
    """Return what ISO 639-2 calls a language with a code such as `en` or `pt-BR`; `und` for one that is not known."""
    import langcodes

    code = _subtag(language or "")
    if not (2 <= len(code) <= 3 and code.isascii() and code.isalpha()):
        return "und"
    try:
        letters = langcodes.Language.make(language=code).to_alpha3()
    except LookupError:
        return code if len(code) == 3 else "und"
    return _BROADER.get(letters, letters)


def _subtag(value: str) -> str:
    return value.strip().lower().replace("_", "-").split("-")[0]


def _code_of_name(name: str) -> str | None:
    import langcodes

    try:
        return langcodes.find(name, "en").language
    except LookupError:
        return None
