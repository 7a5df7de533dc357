"""Speaking time of each speaker."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.attribution.speaking_time import SpeakingTime, longest_speaker, speaking_times
from speakerplug.testing import turns
from speakerplug.transcript import Turn

spans = st.builds(
    lambda start, length, speaker: Turn(start / 10, (start + length) / 10, speaker),
    st.integers(0, 80),
    st.integers(1, 30),
    st.sampled_from("ABC"),
)
many = st.lists(spans, max_size=12)


def tenths(found: list[Turn], speaker: str) -> set[int]:
    """Return the tenths of a second in which a speaker talks."""
    return {
        tenth
        for turn in found
        if turn.speaker == speaker
        for tenth in range(round(turn.start * 10), round(turn.end * 10))
    }


def test_speaking_times_conversation_counts_overlap_for_both() -> None:
    """Overlap counts for both speakers, the share is of the time of all, and speakers come in order of appearance."""
    spoken = turns((2.0, 5.0, "A"), (0.0, 3.0, "B"), (6.0, 8.0, "B"))
    assert speaking_times(spoken) == (SpeakingTime("B", 5.0, 1.0, 2, 5 / 8), SpeakingTime("A", 3.0, 1.0, 1, 3 / 8))


def test_speaking_times_without_turns_is_empty() -> None:
    """Without turns there is no speaking time."""
    assert speaking_times(()) == ()


@given(many)
def test_speaking_times_match_counted_tenths(spoken: list[Turn]) -> None:
    """A speaker's seconds, and those that overlap, are what counting each tenth of a second gives."""
    for talk in speaking_times(spoken):
        own = tenths(spoken, talk.speaker)
        others = set().union(*(tenths(spoken, other) for other in set("ABC") - {talk.speaker}))
        assert talk.seconds == pytest.approx(len(own) / 10)
        assert talk.overlapped == pytest.approx(len(own & others) / 10)
        assert talk.turns == sum(turn.speaker == talk.speaker for turn in spoken)


@given(many.filter(bool))
def test_speaking_times_shares_sum_to_one(spoken: list[Turn]) -> None:
    """The shares of all speakers sum to 1."""
    assert sum(talk.share for talk in speaking_times(spoken)) == pytest.approx(1.0)


@given(many, st.randoms())
def test_speaking_times_shuffled_turns_are_equal(spoken: list[Turn], random: st.DataObject) -> None:
    """The same turns in another order give the same speaking times."""
    shuffled = spoken.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert {talk.speaker: talk for talk in speaking_times(shuffled)} == {
        talk.speaker: talk for talk in speaking_times(spoken)
    }


@given(spans, st.floats(0.1, 0.9))
def test_speaking_times_split_turn_has_same_seconds(turn: Turn, where: float) -> None:
    """Splitting a turn changes the number of turns, not the time."""
    middle = turn.start + where * turn.duration
    (talk,) = speaking_times([Turn(turn.start, middle, turn.speaker), Turn(middle, turn.end, turn.speaker)])
    assert (talk.seconds, talk.turns) == (pytest.approx(turn.duration), 2)


@pytest.mark.parametrize(
    ("spoken", "expected"),
    [([("A", 1.0), ("B", 1.5), ("A", 1.0)], "A"), ([("B", 1.0), ("A", 1.0)], "B"), ([(None, 0.0)], None)],
)
def test_longest_speaker_has_the_most_seconds_in_all(
    spoken: list[tuple[str | None, float]], expected: str | None
) -> None:
    """The first of several who have as many."""
    assert longest_speaker(spoken) == expected
