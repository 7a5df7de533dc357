"""All measures of a recording, and their limits."""

from __future__ import annotations

from pathlib import Path

import pytest

from speakerplug.errors import MediaError
from speakerplug.transcript import Word
from speakerplug_evaluate.hypotheses import Hypothesis
from speakerplug_evaluate.measures import score
from speakerplug_evaluate.truth import Item, Truth


def crowd(count: int) -> tuple[Word, ...]:
    """Return as many words, each by a speaker of its own."""
    return tuple(Word(f"word{n}", float(n), n + 0.5, f"S{n}") for n in range(count))


def test_score_of_a_crowd_is_rejected() -> None:
    """Twenty speakers can be scored; for more, one sentence names the recording and the number."""
    item = Item("talk", "recording", Path("talk.wav"), 60.0, 2, Truth(crowd(2), (), (0.0, 60.0)))
    assert score(item, Hypothesis(crowd(20), None)).measures["cpwer"]
    with pytest.raises(MediaError, match="talk has words of 21 speakers, but at most 20 can be scored; "):
        score(item, Hypothesis(crowd(21), None))
