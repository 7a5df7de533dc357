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
