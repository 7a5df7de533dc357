"""Languages: the code of a language that other programs name, and its three-letter code for media files."""

from __future__ import annotations

from typing import Any

from ..errors import UsageError

_BROADER = {"yue": "zho"}
"""Three-letter codes that ISO 639-2, and with it many players, does not have, and their macrolanguages."""
_DETECTED = ("auto", "none")
"""What other programs call a language that is to be detected."""
_OF_WHISPER = {"cmn": "zh", "fil": "tl"}
"""Codes that langcodes has for names of languages, and those that Whisper has for them."""


def language_code(value: Any) -> str | None:
    """Return the code of a language (en) from a code (en-US, en_us, eng) or an English name; else None."""
    if not isinstance(value, str):
        return None
    first = _subtag(value)
    if len(first) > 3:
        return _code_of_name(first)
    if not (len(first) >= 2 and first.isascii() and first.isalpha()):
        return None
    return first if len(first) == 2 else _shortest(first)


def checked_code(value: str | None) -> str | None:
    """Return the code of a language as `language_code` does; raises UsageError for what names no known language."""
    import langcodes

    code = language_code(value)
    if value is not None and value.strip().lower() in _DETECTED:
        raise UsageError(f"There is no language {value!r:.80}; leave it out, and the language is detected.")
    if value is not None and (code is None or not langcodes.Language.make(language=code).is_valid()):
        raise UsageError(f"Invalid language {value!r:.80}; give a code such as en, de, fr or zh, or an English name.")
    return code


def three_letters(language: str | None) -> str:
    """Return the ISO 639-2 code of a language with a code such as `en` or `pt-BR`; `und` for an unknown one."""
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


def _shortest(code: str) -> str:
    """Return the code of two letters that a language with one of three may have, too (en for eng)."""
    import langcodes

    try:
        return langcodes.standardize_tag(code)
    except ValueError:
        return code


def _code_of_name(name: str) -> str | None:
    import langcodes

    try:
        code = langcodes.find(name, "en").language
    except LookupError:
        return None
    return _OF_WHISPER.get(code or "", code)
