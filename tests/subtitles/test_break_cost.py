"""What it costs to end a line."""

from __future__ import annotations

from speakerplug.subtitles.break_cost import break_cost


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
