"""Costs of line breaks."""

from __future__ import annotations

from speakerplug.subtitles.break_cost import break_cost


def test_break_cost_is_least_after_a_sentence() -> None:
    """A break costs least after a sentence, then after a clause, a pause, a word, an article, and before a comma."""
    costs = [
        break_cost("over.", "Then", 0),
        break_cost("over,", "then", 0),
        break_cost("over", "then", 400),
        break_cost("over", "then", 0),
        break_cost("the", "end", 0),
        break_cost("over", ",", 0),
    ]
    assert costs == sorted(set(costs))


def test_break_cost_after_an_abbreviation_is_high() -> None:
    """A line never ends after a title where it can end after another word, even at a pause."""
    assert break_cost("Gen.", "Smith", 900, "en") > break_cost("the", "end", 0, "en")
    assert break_cost("3.", "Platz", 0, "de") > break_cost("den", "3.", 0, "de")
    assert break_cost("29.", "She", 0, "en") == 0.0
