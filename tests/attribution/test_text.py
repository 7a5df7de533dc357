"""Text of words: its width, and where it may be divided."""

from __future__ import annotations

import pytest

from speakerplug.attribution.text import display_width, divisible


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("abc", 3),
        ("日本", 4),
        ("e\u0301", 1),
        ("👍", 2),
        ("", 0),
        ("👍\U0001f3fd", 2),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", 2),
        ("\u2764\ufe0f\u200d\U0001f525", 1),
        ("🇩🇪", 2),
        ("\U0001f3fd", 2),
        ("ก็", 1),
        ("กรุงเทพมหานคร", 12),
        ("น้ำ", 2),
        ("ខ្ញុំ", 2),
        ("မြန်မာ", 5),
        ("\u1112\u1161\u11ab", 2),
    ],
)
def test_display_width_counts_columns(text: str, columns: int) -> None:
    """An East Asian character and an emoji, also a combined one, take two columns, a combining mark none."""
    assert display_width(text) == columns


def test_divisible_only_in_scripts_without_spaces() -> None:
    """A line may break inside Chinese or Thai, not before a suffix, and not between a letter and its mark."""
    assert divisible("日", "本")
    assert divisible("iPhone", "を")
    assert divisible("กา", "มา")
    assert not divisible("walk", "ing")
    assert not divisible("ก", "\u0e47")


def test_divisible_is_false_inside_an_emoji() -> None:
    """A combined emoji, and one with a skin tone, is one character on the screen."""
    assert divisible("👍", "👍")
    assert not divisible("👍", "\U0001f3fd")
    assert not divisible("\U0001f468", "\u200d\U0001f469")
    assert not divisible("\U0001f468\u200d", "\U0001f469")
    assert not divisible("🇩", "🇪")
