from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from long_conversation import (
    HOUR_S,
    PEOPLE,
    RATE,
    Placed,
    Utterance,
    blocks,
    present,
    schedule,
    truth_of,
    with_newcomer,
)
from speakerplug import Turn, Word

SPEAKERS = tuple("ABCDE")


def utterance(speaker: str, seconds: float) -> Utterance:
    samples = np.full(round(seconds * RATE), 0.1, np.float32)
    return Utterance(samples, (Turn(0.1, seconds - 0.1, speaker),), (Word("yes", 0.1, 0.3, speaker),))


def pool() -> dict[str, list[Utterance]]:
    return with_newcomer({speaker: [utterance(speaker, 2.0), utterance(speaker, 5.0)] for speaker in SPEAKERS})


def test_newcomer_speaks_slower_under_a_name_of_its_own() -> None:
    """Its samples, turns and words last longer by the same factor, and the others are as they were."""
    people = pool()
    assert list(people) == ["A", "B", "C", "D", "B-slower"]
    slow, plain = people["B-slower"][0], people["B"][0]
    assert slow.turns[0].end / plain.turns[0].end == pytest.approx(10 / 9)
    assert len(slow.samples) / len(plain.samples) == pytest.approx(10 / 9, abs=1e-4)
    assert {slow.turns[0].speaker, slow.words[0].speaker} == {"B-slower"}


def test_present_has_absences_and_a_newcomer_in_the_third_hour() -> None:
    """One person is away for half an hour of each hour, another one each time; the fifth comes after two hours."""
    assert present(SPEAKERS, 0.0) == list("ABCD")
    assert present(SPEAKERS, 0.5 * HOUR_S) == list("BCD")
    assert present(SPEAKERS, 1.5 * HOUR_S) == list("ACD")
    assert present(SPEAKERS, 2.1 * HOUR_S) == list("ABCDE")
    assert len(present(SPEAKERS, 2.5 * HOUR_S)) == PEOPLE


def test_schedule_with_a_seed_is_the_same_each_time() -> None:
    """Utterances come by start, all end in time, and another seed gives another conversation."""
    people = pool()
    placed = schedule(people, 120.0, seed=3)
    assert [p.start for p in placed] == [p.start for p in schedule(people, 120.0, seed=3)]
    assert [p.start for p in placed] != [p.start for p in schedule(people, 120.0, seed=4)]
    assert [p.start for p in placed] == sorted(p.start for p in placed)
    assert max(p.end for p in placed) <= 120.0
    assert any(b.start < a.end for a, b in pairwise(placed))


def test_blocks_together_are_the_whole_conversation() -> None:
    """Overlapping utterances are added where they lie, however the blocks are cut, and the length is exact."""
    placed = [
        Placed(0.5, 1.0, utterance("A", 2.0)),
        Placed(2.0, 2.0, utterance("B", 1.0)),
        Placed(2.2, 1.0, utterance("A", 2.0)),
    ]
    samples = np.concatenate(list(blocks(placed, 6.0, seed=0)))
    assert len(samples) == 6 * RATE
    levels = [float(samples[round(time * RATE)]) for time in (0.25, 1.0, 2.1, 2.4, 2.8, 3.5, 5.0)]
    assert np.allclose(levels, [0.0, 0.1, 0.3, 0.4, 0.3, 0.1, 0.0], atol=0.01)


def test_truth_has_turns_and_words_at_their_times() -> None:
    """Times are those of the utterance, moved to its place; the speakers are the true ones."""
    truth = truth_of([Placed(10.0, 1.0, utterance("A", 2.0)), Placed(11.5, 1.0, utterance("B", 2.0))], 20.0)
    assert truth.turns == (Turn(10.1, 11.9, "A"), Turn(11.6, 13.4, "B"))
    assert [(word.speaker, word.start) for word in truth.words] == [("A", 10.1), ("B", 11.6)]
    assert truth.region == (0.0, 20.0)
