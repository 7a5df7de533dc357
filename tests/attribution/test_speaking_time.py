"""How much each speaker talks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.attribution.speaking_time import Talk, talk_of
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
    """The tenths of a second in which a speaker talks."""
    return {
        tenth
        for turn in found
        if turn.speaker == speaker
        for tenth in range(round(turn.start * 10), round(turn.end * 10))
    }


def test_a_conversation() -> None:
    """Overlap counts for both; the share is of everything that is said; speakers come as they are first heard."""
    heard = turns((2.0, 5.0, "A"), (0.0, 3.0, "B"), (6.0, 8.0, "B"))
    assert talk_of(heard) == (Talk("B", 5.0, 1.0, 2, 5 / 8), Talk("A", 3.0, 1.0, 1, 3 / 8))


def test_nobody_talks() -> None:
    """Where there is no turn there is no talk."""
    assert talk_of(()) == ()


@given(many)
def test_seconds_are_those_on_the_clock(heard: list[Turn]) -> None:
    """A speaker's seconds, and those shared with others, are what counting each tenth of a second gives."""
    for talk in talk_of(heard):
        own = tenths(heard, talk.speaker)
        others = set().union(*(tenths(heard, other) for other in set("ABC") - {talk.speaker}))
        assert talk.seconds == pytest.approx(len(own) / 10)
        assert talk.overlapped == pytest.approx(len(own & others) / 10)
        assert talk.turns == sum(turn.speaker == talk.speaker for turn in heard)


@given(many.filter(bool))
def test_shares_make_a_whole(heard: list[Turn]) -> None:
    """The shares of all speakers are together one."""
    assert sum(talk.share for talk in talk_of(heard)) == pytest.approx(1.0)


@given(many, st.randoms())
def test_the_order_of_the_turns_does_not_matter(heard: list[Turn], random: st.DataObject) -> None:
    """The same turns in another order are the same talk."""
    shuffled = heard.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert {talk.speaker: talk for talk in talk_of(shuffled)} == {talk.speaker: talk for talk in talk_of(heard)}


@given(spans, st.floats(0.1, 0.9))
def test_a_turn_in_two_parts_is_as_long(turn: Turn, where: float) -> None:
    """Cutting a turn changes how many there are, not how long it is."""
    middle = turn.start + where * turn.duration
    (talk,) = talk_of([Turn(turn.start, middle, turn.speaker), Turn(middle, turn.end, turn.speaker)])
    assert (talk.seconds, talk.turns) == (pytest.approx(turn.duration), 2)
