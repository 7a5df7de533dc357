from __future__ import annotations

from attribution_speed import conversation, median_s


def test_conversation_with_a_seed_is_the_same_each_time() -> None:
    """A fixed seed gives the same words in order and the requested sizes, with overlap in the regular turns only."""
    words, diarization = conversation(words=500, turns=50)
    assert (words, diarization) == conversation(words=500, turns=50)
    assert len(words) == 500
    assert len(diarization.turns) == len(diarization.exclusive) == 50
    assert [word.start for word in words] == sorted(word.start or 0.0 for word in words)
    assert any(a.end > b.start for a, b in zip(diarization.turns, diarization.turns[1:], strict=False))
    assert all(a.end <= b.start for a, b in zip(diarization.exclusive, diarization.exclusive[1:], strict=False))


def test_measured_time_is_positive() -> None:
    """The figures are real: wall time has passed, and CPU time was used."""
    wall, processor = median_s(*conversation(words=1000, turns=100), runs=1)
    assert wall > 0
    assert processor > 0
