"""Text of words: its width, where it may be divided, and where sentences end."""

from __future__ import annotations

import pytest

from speakerplug.attribution.text import display_width, divisible, ends_sentence


@pytest.mark.parametrize(("text", "columns"), [("abc", 3), ("日本", 4), ("e\u0301", 1), ("👍", 2), ("ก็", 1), ("", 0)])
def test_display_width_counts_columns(text: str, columns: int) -> None:
    """An East Asian character and an emoji take two columns, a combining mark none."""
    assert display_width(text) == columns


def test_divisible_only_in_scripts_without_spaces() -> None:
    """A line may break inside Chinese or Thai, not before a suffix, and not between a letter and its mark."""
    assert divisible("日", "本")
    assert divisible("iPhone", "を")
    assert divisible("กา", "มา")
    assert not divisible("walk", "ing")
    assert not divisible("ก", "\u0e47")


@pytest.mark.parametrize(
    ("text", "following", "ends"),
    [
        ("done.", "Then", True),
        ('"Done!"', "he", True),
        ("wait...", "so", False),
        ("吗？", "是", True),  # noqa: RUF001 - a full-width question mark is what is meant
        ("Dr.", "Who", False),
        ("J.", "Smith", False),
        ("done", "Then", False),
        ('"', "Then", False),
    ],
)
def test_ends_sentence_ignores_titles_and_initials(text: str, following: str, ends: bool) -> None:
    """A period ends a sentence unless a lowercase letter follows, or it belongs to a title or an initial."""
    assert ends_sentence(text, following) is ends
