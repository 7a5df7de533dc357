from __future__ import annotations

import pytest
from hypothesis import given

from speakerplug.attribution.text import display_width, divisible, ends_sentence
from speakerplug.subtitles.break_cost import break_cost
from speakerplug.transcript import plain
from tests.strategies import names, texts


@given(names | texts)
def test_plain_text_fits_any_file(text: str) -> None:
    """Plain text is one line without control characters or double spaces, can be encoded, and stays as it is."""
    shown = plain(text)
    assert len(shown.splitlines()) <= 1
    assert "  " not in shown
    assert shown == shown.strip()
    assert shown.encode("utf-8").decode("utf-8") == shown
    assert plain(shown) == shown


def test_half_a_character_is_replaced() -> None:
    """What a file name that is not UTF-8 leaves in a name becomes the replacement character."""
    assert plain("t\udcff") == "t\ufffd"


@pytest.mark.parametrize(("text", "columns"), [("abc", 3), ("日本", 4), ("e\u0301", 1), ("👍", 2), ("ก็", 1), ("", 0)])
def test_width_is_what_is_seen(text: str, columns: int) -> None:
    """An East Asian character and an emoji take two columns, a combining mark none."""
    assert display_width(text) == columns


def test_only_scripts_without_spaces_are_divisible() -> None:
    """A line may end inside Chinese or Thai, not before a suffix, and not between a letter and its mark."""
    assert divisible("日", "本")
    assert divisible("iPhone", "を")
    assert divisible("กา", "มา")
    assert not divisible("walk", "ing")
    assert not divisible("ก", "\u0e47")


def test_a_break_is_best_after_a_sentence() -> None:
    """Ending a line costs least after a sentence, then after a clause, a breath, a word, an article, before a comma."""
    prices = [
        break_cost("over.", "Then", 0),
        break_cost("over,", "then", 0),
        break_cost("over", "then", 400),
        break_cost("over", "then", 0),
        break_cost("the", "end", 0),
        break_cost("over", ",", 0),
    ]
    assert prices == sorted(set(prices))


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
def test_where_sentences_end(text: str, following: str, ends: bool) -> None:
    """A point ends a sentence unless a small letter follows, or it belongs to a title or an initial."""
    assert ends_sentence(text, following) is ends
