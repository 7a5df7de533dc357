"""Attribution: every word gets the speaker of its exclusive turns."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug import Diarization, Turn, Word, attribute
from speakerplug.attribution import exclusive_of, timed_words
from speakerplug.testing import turns, words

SPEAKERS = ("A", "B", "C")
MS = st.integers(0, 60_000)


@st.composite
def conversations(draw: st.DrawFn) -> tuple[tuple[Word, ...], Diarization]:
    """Words in order of their starts and exclusive turns, on a grid of 1/1024 s (exact in floats)."""
    cuts = sorted(draw(st.sets(MS, min_size=2, max_size=24)))
    spans = list(pairwise(cuts))
    kept = [span for span in spans if draw(st.booleans())] or spans[:1]
    exclusive = tuple(Turn(a / 1024, b / 1024, draw(st.sampled_from(SPEAKERS))) for a, b in kept)
    starts = sorted(draw(st.lists(MS, max_size=20)))
    spoken = tuple(
        Word(f"w{index}", start / 1024, (start + draw(st.integers(0, 3000))) / 1024)
        for index, start in enumerate(starts)
    )
    return spoken, Diarization(exclusive, exclusive)


def by_hand(word: Word, exclusive: tuple[Turn, ...]) -> set[str]:
    """The speakers that a word may get, found the slow way."""
    assert word.start is not None
    assert word.end is not None
    shared = dict.fromkeys(SPEAKERS, 0.0)
    for turn in exclusive:
        shared[turn.speaker] += max(0.0, min(word.end, turn.end) - max(word.start, turn.start))
    most = max(shared.values())
    if most > 0:
        return {speaker for speaker, seconds in shared.items() if seconds == most}
    distances = {turn: max(0.0, turn.start - word.end, word.start - turn.end) for turn in exclusive}
    return {turn.speaker for turn, distance in distances.items() if distance == min(distances.values())}


def shifted(item: Word | Turn, seconds: float) -> Word | Turn:
    return replace(item, start=(item.start or 0.0) + seconds, end=(item.end or 0.0) + seconds)


@given(conversations())
def test_every_word_comes_out_in_order_with_a_speaker(conversation: tuple[tuple[Word, ...], Diarization]) -> None:
    """Words in are words out, in order and with their text and times, and each has speaker, method and margin."""
    spoken, diarization = conversation
    attributed = attribute(spoken, diarization)
    assert [(w.text, w.start, w.end) for w in attributed] == [(w.text, w.start, w.end) for w in spoken]
    assert all(word.speaker in SPEAKERS for word in attributed)
    assert all(word.method in ("overlap", "nearest") for word in attributed)
    assert all(word.margin is not None and 0 <= word.margin <= 1 for word in attributed)


@given(conversations())
def test_the_sweep_decides_as_the_slow_way_does(conversation: tuple[tuple[Word, ...], Diarization]) -> None:
    """The speaker is the one with most overlap in sum over all turns, else the one whose turn has the nearest edge."""
    spoken, diarization = conversation
    for word in attribute(spoken, diarization):
        assert word.speaker in by_hand(word, diarization.exclusive)


@given(conversations(), st.integers(0, 100))
def test_moving_all_times_moves_nothing_else(conversation: tuple[tuple[Word, ...], Diarization], seconds: int) -> None:
    """A recording that begins later has the same speakers, methods and margins."""
    spoken, diarization = conversation
    moved = Diarization(exclusive=tuple(shifted(turn, seconds) for turn in diarization.exclusive))  # type: ignore[misc]
    later = attribute([shifted(word, seconds) for word in spoken], moved)  # type: ignore[misc]
    now = attribute(spoken, diarization)
    assert [(w.speaker, w.method, w.margin) for w in later] == [(w.speaker, w.method, w.margin) for w in now]


@given(conversations(), st.permutations(SPEAKERS))
def test_renaming_speakers_renames_only(conversation: tuple[tuple[Word, ...], Diarization], names: list[str]) -> None:
    """No decision hangs on how a speaker is called."""
    spoken, diarization = conversation
    new = dict(zip(SPEAKERS, names, strict=True))
    renamed = Diarization(exclusive=tuple(replace(turn, speaker=new[turn.speaker]) for turn in diarization.exclusive))
    assert [w.speaker for w in attribute(spoken, renamed)] == [
        new[w.speaker or ""] for w in attribute(spoken, diarization)
    ]


@given(conversations())
def test_a_turn_far_away_changes_nothing(conversation: tuple[tuple[Word, ...], Diarization]) -> None:
    """Somebody who speaks an hour later takes no word from anybody."""
    spoken, diarization = conversation
    more = Diarization(exclusive=(*diarization.exclusive, Turn(3600.0, 3601.0, "Z")))
    assert [w.speaker for w in attribute(spoken, more)] == [w.speaker for w in attribute(spoken, diarization)]


@given(conversations(), st.randoms(use_true_random=False))
def test_the_order_of_turns_does_not_matter(conversation: tuple[tuple[Word, ...], Diarization], random: object) -> None:
    """A diarizer may list its turns in any order."""
    spoken, diarization = conversation
    shuffled = list(diarization.exclusive)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert attribute(spoken, Diarization(exclusive=tuple(shuffled))) == attribute(spoken, diarization)


def test_overlap_sums_over_the_turns_of_a_speaker() -> None:
    """Two short stretches of one speaker outweigh one longer stretch of another."""
    diarization = Diarization(exclusive=turns((0, 0.3, "A"), (0.3, 0.7, "B"), (0.7, 1.0, "A")))
    (word,) = attribute(words(("well", 0.0, 1.0)), diarization)
    assert (word.speaker, word.method, word.margin) == ("A", "overlap", pytest.approx(0.2))


def test_outside_all_turns_the_nearest_edge_counts_not_the_nearest_middle() -> None:
    """A long turn that ended just now is nearer than a short one that begins later."""
    diarization = Diarization(exclusive=turns((0, 60, "A"), (62, 62.5, "B")))
    (word,) = attribute(words(("yes", 60.4, 60.8)), diarization)
    assert (word.speaker, word.method, word.margin) == ("A", "nearest", pytest.approx(0.5))


def test_without_turns_there_is_no_speaker() -> None:
    """The only words without a speaker are those of a recording without turns."""
    (word,) = attribute(words(("hello", 0.0, 1.0)), Diarization())
    assert (word.speaker, word.method, word.margin) == (None, None, None)


def test_words_out_of_time_order_keep_their_places() -> None:
    """A recognizer whose words slip by a few milliseconds still gets them back as it gave them."""
    diarization = Diarization(exclusive=turns((0, 1, "A"), (1, 2, "B")))
    attributed = attribute(words(("late", 1.2, 1.4), ("early", 0.2, 0.4)), diarization)
    assert [(word.text, word.speaker) for word in attributed] == [("late", "B"), ("early", "A")]


def test_a_word_that_ends_before_it_starts_is_a_moment() -> None:
    """Times the wrong way round are taken as the moment of the start."""
    (word,) = attribute([Word("odd", 1.5, 1.0)], Diarization(exclusive=turns((0, 1.2, "A"), (1.2, 2, "B"))))
    assert (word.start, word.end, word.speaker) == (1.5, 1.5, "B")


def test_words_without_times_share_the_gap_by_length() -> None:
    """Numerals that an aligner could not place lie between their neighbours and are marked estimated."""
    spoken = [Word("in", 0.0, 1.0), Word("19", None, None), Word("8484", None, None), Word("they", 4.0, 5.0)]
    timed = timed_words(spoken)
    assert [(w.start, w.end, w.estimated) for w in timed] == [
        (0.0, 1.0, False),
        (1.0, 2.0, True),
        (2.0, 4.0, True),
        (4.0, 5.0, False),
    ]


def test_words_without_times_at_the_ends_take_the_neighbours_edge() -> None:
    """Before the first and after the last known word there is only one neighbour to go by."""
    timed = timed_words([Word("a", None, None), Word("b", 1.0, 2.0), Word("c", None, None)])
    assert [(w.start, w.end) for w in timed] == [(1.0, 1.0), (1.0, 2.0), (2.0, 2.0)]


def test_a_text_without_any_times_is_laid_over_the_turns() -> None:
    """A plain transcript shares the time from the first turn to the last."""
    diarization = Diarization(exclusive=turns((1, 2, "A"), (2, 3, "B")))
    attributed = attribute([Word("yes", None, None), Word("now", None, None)], diarization)
    assert [(w.start, w.end, w.speaker) for w in attributed] == [(1, 2, "A"), (2, 3, "B")]


@given(
    st.lists(
        st.builds(Word, st.text(max_size=5), st.none(), st.none())
        | st.builds(Word, st.just("w"), st.floats(0, 9), st.floats(0, 9)),
        max_size=12,
    )
)
def test_timed_words_always_have_times(spoken: list[Word]) -> None:
    """Whatever is missing is filled in, no word ends before it starts, and known words are not marked."""
    timed = timed_words(spoken)
    assert [w.text for w in timed] == [w.text for w in spoken]
    for before, after in zip(spoken, timed, strict=True):
        assert after.start is not None
        assert after.end is not None
        assert after.start <= after.end
        assert after.estimated == (before.start is None)


@given(
    st.lists(
        st.builds(
            lambda a, d, s: Turn(a / 64, (a + d) / 64, s),
            st.integers(0, 900),
            st.integers(1, 300),
            st.sampled_from(SPEAKERS),
        )
    )
)
def test_derived_exclusive_turns_cover_all_speech_once(spoken: list[Turn]) -> None:
    """At each moment of speech exactly one speaker has the floor, one who is really talking then."""
    exclusive = exclusive_of(spoken)
    for moment in range(260):
        time = (moment + 0.5) / 64
        talking = {turn.speaker for turn in spoken if turn.start <= time < turn.end}
        floor = [turn.speaker for turn in exclusive if turn.start <= time < turn.end]
        assert len(floor) == bool(talking)
        assert set(floor) <= talking


def test_exclusive_turns_are_derived_where_a_diarizer_gives_none() -> None:
    """A pipeline of the 3.x form has regular turns only; its words get speakers all the same."""
    attributed = attribute(words(("a", 0.2, 0.4), ("b", 2.2, 2.4)), Diarization(turns=turns((0, 2, "A"), (1, 3, "B"))))
    assert [word.speaker for word in attributed] == ["A", "B"]
