"""Codes of languages: of `en-US`, and of the names that OpenAI's service answers with."""

from __future__ import annotations

from typing import Any

_NAMES = """
    af afrikaans; ar arabic; az azerbaijani; be belarusian; bg bulgarian; bn bengali; bs bosnian; ca catalan; cs czech;
    cy welsh; da danish; de german; el greek; en english; es spanish; et estonian; fa persian; fi finnish; fr french;
    gl galician; he hebrew; hi hindi; hr croatian; hu hungarian; hy armenian; id indonesian; is icelandic; it italian;
    ja japanese; kk kazakh; kn kannada; ko korean; lt lithuanian; lv latvian; mi maori; mk macedonian; mr marathi;
    ms malay; ne nepali; nl dutch; no norwegian; pl polish; pt portuguese; ro romanian; ru russian; sk slovak;
    sl slovenian; sr serbian; sv swedish; sw swahili; ta tamil; th thai; tl tagalog; tr turkish; uk ukrainian; ur urdu;
    vi vietnamese; zh chinese
"""
CODES = {name: code for code, name in (pair.split() for pair in _NAMES.split(";"))}


def language_code(value: Any) -> str | None:
    """The code of a language (en) from a code with or without a region (en-US, en_us), or a name; else None."""
    if not isinstance(value, str):
        return None
    first = value.strip().lower().replace("_", "-").split("-")[0]
    if first in CODES:
        return CODES[first]
    return first if 2 <= len(first) <= 3 and first.isascii() and first.isalpha() else None
