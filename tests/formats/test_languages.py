from __future__ import annotations

import pytest

from speakerplug.errors import UsageError
from speakerplug.formats.languages import checked_code, language_code, three_letters


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("en", "en"),
        ("en-US", "en"),
        ("pt_br", "pt"),
        ("English", "en"),
        (" ukrainian ", "uk"),
        ("catalan", "ca"),
        ("Castilian", "es"),
        ("mandarin", "zh"),
        ("filipino", "tl"),
        ("haw", "haw"),
        ("gibberish", None),
        ("", None),
        (None, None),
        (3, None),
    ],
)
def test_language_code_of_code_or_name_drops_region(value: object, code: str | None) -> None:
    """Regions are dropped, names become codes, and anything else gives None."""
    assert language_code(value) == code


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("en", "eng"),
        ("pt-BR", "por"),
        ("zh_TW", "zho"),
        ("jw", "jav"),
        ("yue", "zho"),
        ("haw", "haw"),
        ("deu", "deu"),
        ("xx", "und"),
    ],
)
def test_three_letters_of_code_is_iso_639_2(code: str, name: str) -> None:
    """Two-letter codes become those of ISO 639-2; unknown ones are undetermined."""
    assert three_letters(code) == name
    assert three_letters(None) == three_letters("") == "und"


@pytest.mark.parametrize("value", ["auto", "None"])
def test_checked_code_of_a_language_to_detect_says_to_leave_it_out(value: str) -> None:
    """Other programs have a name for that."""
    with pytest.raises(UsageError, match="leave it out, and the language is detected"):
        checked_code(value)
