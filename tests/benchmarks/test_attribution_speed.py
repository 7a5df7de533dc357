from __future__ import annotations

from attribution_speed import conversation, median_s


def test_the_measured_conversation_is_the_same_each_time() -> None:
    """A fixed seed gives the same words in order and the asked-for sizes, with overlap in the regular turns only."""
    words, diarization = conversation(words=500, turns=50)
    assert (words, diarization) == conversation(words=500, turns=50)
    assert len(words) == 500
    assert len(diarization.turns) == len(diarization.exclusive) == 50
    assert [word.start for word in words] == sorted(word.start or 0.0 for word in words)
    assert any(a.end > b.start for a, b in zip(diarization.turns, diarization.turns[1:], strict=False))
    assert all(a.end <= b.start for a, b in zip(diarization.exclusive, diarization.exclusive[1:], strict=False))


def test_a_time_is_measured() -> None:
    """The figures are real: the clock has moved, and the processor took some of it."""
    wall, processor = median_s(*conversation(words=1000, turns=100), runs=1)
    assert wall > 0
    assert processor > 0
