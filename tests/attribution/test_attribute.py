"""Attribution: every word gets a speaker, how that was decided, how sure it is, and who else talks."""

from __future__ import annotations

import gc
from dataclasses import replace
from typing import TypeVar

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from speakerplug import Diarization, Turn, Word
from speakerplug.attribution import exclusive_of, timed_words
from speakerplug.attribution.attribute import attribute
from speakerplug.attribution.confidence import talks_during
from speakerplug.testing import turns, words
from tests.strategies import GRID, conversations

SPEAKERS = ("A", "B", "C")
Conversation = tuple[tuple[Word, ...], Diarization]
Item = TypeVar("Item", Word, Turn)


def baseline(word: Word, exclusive: tuple[Turn, ...]) -> set[str]:
    """Return the speakers that the baseline may give a word, the slow way: most overlap, else the nearest edge."""
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


def shifted(items: tuple[Item, ...], seconds: float) -> tuple[Item, ...]:
    return tuple(replace(item, start=(item.start or 0.0) + seconds, end=(item.end or 0.0) + seconds) for item in items)


def decisions(attributed: tuple[Word, ...]) -> list[tuple[object, ...]]:
    """Return everything that attribution decided about words."""
    return [(word.speaker, word.method, word.speaker_confidence, word.others) for word in attributed]


@given(conversations())
def test_attribute_any_conversation_keeps_words_and_gives_each_a_speaker(conversation: Conversation) -> None:
    """Words, texts and times are kept in order, and each word gets a speaker, a method and a speaker confidence."""
    spoken, diarization = conversation
    attributed = attribute(spoken, diarization)
    assert [(w.text, w.start, w.end) for w in attributed] == [(w.text, w.start, w.end) for w in spoken]
    for word in attributed:
        assert word.speaker in diarization.speakers
        assert word.method in ("exact", "overlap", "nearest", "smoothed")
        assert word.speaker_confidence is not None
        assert 0 <= word.speaker_confidence <= 1
        assert set(word.others) <= set(diarization.speakers) - {word.speaker}


@given(conversations())
def test_attribute_keeps_all_that_it_does_not_decide(conversation: Conversation) -> None:
    """A word is what it was before, but for its speaker and what belongs to that."""
    spoken, diarization = conversation
    spoken = tuple(replace(w, confidence=n / 99, joined=n % 2 == 0, estimated=n % 3 == 0) for n, w in enumerate(spoken))
    for before, after in zip(spoken, attribute(spoken, diarization), strict=True):
        decided = {name: getattr(after, name) for name in ("speaker", "method", "speaker_confidence", "others")}
        assert after == replace(before, **decided)


@pytest.mark.parametrize("enabled", [True, False])
def test_attribute_leaves_garbage_collection_as_it_was(enabled: bool) -> None:
    """It is paused meanwhile, and runs again, after an error too; what a program has disabled stays disabled."""
    was_enabled = gc.isenabled()
    (gc.enable if enabled else gc.disable)()
    try:
        attribute(words(("yes", 0.0, 0.5)), Diarization(turns=turns((0, 1, "A"))))
        assert gc.isenabled() == enabled
        with pytest.raises((TypeError, ValueError)):
            attribute([Word("odd", [], 1.0)], Diarization(turns=turns((0, 1, "A"))))  # type: ignore[arg-type]
        assert gc.isenabled() == enabled
    finally:
        (gc.enable if was_enabled else gc.disable)()


@given(conversations())
def test_attribute_words_not_smoothed_follow_the_baseline(conversation: Conversation) -> None:
    """Every other word has the speaker with most overlap over all turns, else the one whose turn is nearest."""
    spoken, diarization = conversation
    exclusive = diarization.exclusive or exclusive_of(diarization.turns)
    for word in attribute(spoken, diarization):
        assert word.method == "smoothed" or word.speaker in baseline(word, exclusive)


@given(conversations())
def test_attribute_word_alone_inside_a_turn_is_exact(conversation: Conversation) -> None:
    """Where nobody else talks during a word that lies wholly in a turn, no other word changes its speaker."""
    spoken, diarization = conversation
    exclusive = diarization.exclusive or exclusive_of(diarization.turns)
    for word in attribute(spoken, diarization):
        start, end = word.start or 0.0, word.end or 0.0
        holders = {
            t.speaker for t in exclusive if t.start <= start and end <= t.end and start < t.end and t.start < end
        }
        talking = {t.speaker for t in diarization.turns if t.start < end and start < t.end}
        if start < end and holders and len(talking) == 1:
            assert (word.speaker, word.others) == (holders.pop(), ())
            assert word.method == "exact"


@given(conversations(), st.integers(0, 100))
def test_attribute_shifted_times_give_same_decisions(conversation: Conversation, seconds: int) -> None:
    """A recording with more silence before it has the same speakers, methods, confidences and others."""
    spoken, diarization = conversation
    moved = Diarization(shifted(diarization.turns, seconds), shifted(diarization.exclusive, seconds))
    assert decisions(attribute(shifted(spoken, seconds), moved)) == decisions(attribute(spoken, diarization))


@given(conversations(), st.permutations(SPEAKERS))
def test_attribute_renamed_speakers_give_same_decisions(conversation: Conversation, names: list[str]) -> None:
    """No decision depends on what a speaker is called."""
    spoken, diarization = conversation
    new = dict(zip(SPEAKERS, names, strict=True))

    def renamed(found: tuple[Turn, ...]) -> tuple[Turn, ...]:
        return tuple(replace(turn, speaker=new[turn.speaker]) for turn in found)

    then = attribute(spoken, Diarization(renamed(diarization.turns), renamed(diarization.exclusive)))
    now = attribute(spoken, diarization)
    assert [w.speaker for w in then] == [new[w.speaker or ""] for w in now]
    assert [(w.method, w.speaker_confidence, set(w.others)) for w in then] == [
        (w.method, w.speaker_confidence, {new[other] for other in w.others}) for w in now
    ]


@given(conversations(), st.sampled_from((*SPEAKERS, "Z")), st.booleans())
def test_attribute_turn_far_away_changes_nothing(conversation: Conversation, speaker: str, before: bool) -> None:
    """A speaker an hour earlier or later changes no word's speaker and no confidence."""
    spoken, diarization = conversation
    spoken = shifted(spoken, 3700)
    now = Diarization(shifted(diarization.turns, 3700), shifted(diarization.exclusive, 3700))
    far = (Turn(0.0, 1.0, speaker),) if before else (Turn(8000.0, 8001.0, speaker),)
    exclusive = now.exclusive and tuple(sorted((*far, *now.exclusive), key=lambda turn: turn.start))
    more = Diarization(tuple(sorted((*far, *now.turns), key=lambda turn: turn.start)), exclusive)
    assert decisions(attribute(spoken, more)) == decisions(attribute(spoken, now))


@given(conversations(), st.randoms(use_true_random=False))
def test_attribute_shuffled_turns_give_same_decisions(conversation: Conversation, random: object) -> None:
    """A diarizer may list its turns in any order."""
    spoken, diarization = conversation
    shuffled = list(exclusive := diarization.exclusive or exclusive_of(diarization.turns))
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert attribute(spoken, Diarization(exclusive=tuple(shuffled))) == attribute(spoken, Diarization((), exclusive))


@given(conversations())
def test_attribute_twice_changes_nothing(conversation: Conversation) -> None:
    """Results of an earlier attribution are ignored."""
    spoken, diarization = conversation
    once = attribute(spoken, diarization)
    assert attribute(once, diarization) == once


@given(conversations())
def test_attribute_without_turns_gives_no_speakers(conversation: Conversation) -> None:
    """A recording without turns has no speakers, whatever its words had before."""
    spoken, diarization = conversation
    for word in attribute(attribute(spoken, diarization), Diarization()):
        assert (word.speaker, word.method, word.speaker_confidence, word.others) == (None, None, None, ())


@given(conversations())
@example(((Word("yes", 0.0, 150 / GRID),), Diarization(turns((0, 150 / GRID, "A"), (0, 45 / GRID, "B")))))
def test_attribute_overlapping_speakers_are_others(conversation: Conversation) -> None:
    """`others` are all who talk, by the regular turns, during 30 % of another speaker's word or more."""
    spoken, diarization = conversation
    for word in attribute(spoken, diarization):
        length = (word.end or 0.0) - (word.start or 0.0)
        ticks = {
            speaker: sum(_alone(word, [t for t in diarization.turns if t.speaker == speaker]))
            for speaker in set(diarization.speakers) - {word.speaker}
        }
        expected = {speaker for speaker, n in ticks.items() if length and talks_during(np.array(n / GRID / length))}
        assert set(word.others) == expected


@pytest.mark.parametrize(
    ("share", "talks"),
    [(0.3, True), (0.1 + 0.2, True), (0.3 - 1e-9, True), (0.3 - 1e-5, False), (1.0, True), (0.0, False)],
)
def test_talks_during_threshold_is_inclusive(share: float, talks: bool) -> None:
    """The threshold itself counts despite floating-point rounding; measurably less does not."""
    assert talks_during(np.array([share])).tolist() == [talks]


def _alone(word: Word, spoken: list[Turn]) -> list[bool]:
    first, last = round((word.start or 0.0) * GRID), round((word.end or 0.0) * GRID)
    return [any(t.start <= tick / GRID < t.end for t in spoken) for tick in range(first, last)]


def test_attribute_last_word_of_sentence_over_turn_edge_is_smoothed() -> None:
    """A word that slips over a turn's edge stays with the sentence that it ends."""
    diarization = Diarization(exclusive=turns((0, 1.0, "A"), (1.0, 3, "B")))
    spoken = words(
        ("How", 0.2, 0.5), ("are", 0.5, 0.85), ("you?", 0.88, 1.15), ("Fine,", 1.2, 1.5), ("fine.", 1.5, 1.8)
    )
    assert [w.speaker for w in attribute(spoken, diarization)] == ["A", "A", "A", "B", "B"]
    assert attribute(spoken, diarization)[2].method == "smoothed"


def test_attribute_without_sentence_end_follows_overlap() -> None:
    """The same word, in a language without punctuation, goes to the speaker whose turn overlaps it most."""
    diarization = Diarization(exclusive=turns((0, 1.0, "A"), (1.0, 3, "B")))
    spoken = words(("你", 0.2, 0.5), ("好", 0.5, 0.85), ("吗", 0.88, 1.15), ("好", 1.2, 1.5), ("的", 1.5, 1.8))
    assert [w.speaker for w in attribute(spoken, diarization)] == ["A", "A", "B", "B", "B"]


def test_attribute_short_answer_in_own_turn_keeps_speaker() -> None:
    """One word in a turn of its own keeps its speaker between words of another."""
    diarization = Diarization(exclusive=turns((0, 2, "A"), (2, 2.4, "B"), (2.4, 5, "A")))
    spoken = words(("and", 1.6, 2.0), ("yes", 2.05, 2.35), ("then", 2.4, 2.7))
    assert [w.speaker for w in attribute(spoken, diarization)] == ["A", "B", "A"]


def test_attribute_speaker_only_in_regular_turns_is_in_others() -> None:
    """A speaker whom the exclusive turns leave out is among the others of the words said meanwhile."""
    diarization = Diarization(turns=turns((0, 4, "A"), (1, 2, "B")), exclusive=turns((0, 4, "A")))
    (word,) = attribute(words(("right", 1.2, 1.6)), diarization)
    assert (word.speaker, word.method, word.others) == ("A", "overlap", ("B",))


def test_attribute_confidence_falls_with_the_evidence() -> None:
    """Confidence is highest deep in a turn, lower at its edge, and lowest in overlap and far from every turn."""
    diarization = Diarization(turns=turns((0, 4, "A"), (3, 6, "B")), exclusive=turns((0, 4, "A"), (4, 6, "B")))
    spoken = words(("edge", 0, 0.3), ("deep", 1, 1.3), ("both", 3.4, 3.7), ("far", 9, 9.3))
    confidences = [word.speaker_confidence or 0.0 for word in attribute(spoken, diarization)]
    assert confidences[1] > confidences[0] > max(confidences[2:])


def test_attribute_overlap_is_summed_over_turns_of_a_speaker() -> None:
    """Two short turns of one speaker outweigh one longer turn of another."""
    diarization = Diarization(exclusive=turns((0, 0.3, "A"), (0.3, 0.7, "B"), (0.7, 1.0, "A")))
    (word,) = attribute(words(("well", 0.0, 1.0)), diarization)
    assert (word.speaker, word.method, word.others) == ("A", "overlap", ("B",))


def test_attribute_word_outside_turns_goes_to_nearest_edge() -> None:
    """A long turn that ended just now is nearer than a short one that begins later."""
    diarization = Diarization(exclusive=turns((0, 60, "A"), (62, 62.5, "B")))
    (word,) = attribute(words(("yes", 60.4, 60.8)), diarization)
    assert (word.speaker, word.method) == ("A", "nearest")


def test_attribute_words_out_of_time_order_keep_their_places() -> None:
    """Words whose times are out of order come back in the order in which they were given."""
    diarization = Diarization(exclusive=turns((0, 1, "A"), (1, 2, "B")))
    attributed = attribute(words(("late", 1.2, 1.4), ("early", 0.2, 0.4)), diarization)
    assert [(word.text, word.speaker) for word in attributed] == [("late", "B"), ("early", "A")]


def test_attribute_word_with_swapped_times_is_placed_at_its_start() -> None:
    """A word with swapped times is attributed at its start."""
    (word,) = attribute([Word("odd", 1.5, 1.0)], Diarization(exclusive=turns((0, 1.2, "A"), (1.2, 2, "B"))))
    assert (word.start, word.end, word.speaker) == (1.5, 1.5, "B")


def test_timed_words_without_times_share_the_gap_by_length() -> None:
    """Numerals without aligned times share the time between their neighbors and are marked estimated."""
    spoken = [Word("in", 0.0, 1.0), Word("19", None, None), Word("8484", None, None), Word("they", 4.0, 5.0)]
    timed = timed_words(spoken)
    assert [(w.start, w.end, w.estimated) for w in timed] == [
        (0.0, 1.0, False),
        (1.0, 2.0, True),
        (2.0, 4.0, True),
        (4.0, 5.0, False),
    ]


def test_timed_words_without_times_at_the_ends_take_neighbors_edge() -> None:
    """Before the first and after the last timed word there is only one neighbor to take a time from."""
    timed = timed_words([Word("a", None, None), Word("b", 1.0, 2.0), Word("c", None, None)])
    assert [(w.start, w.end) for w in timed] == [(1.0, 1.0), (1.0, 2.0), (2.0, 2.0)]


def test_attribute_text_without_times_is_spread_over_the_turns() -> None:
    """A plain transcript shares the time from the first turn to the last by the length of its words."""
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
def test_timed_words_any_input_has_times(spoken: list[Word]) -> None:
    """Missing times are filled in, no word ends before it starts, and known words are not marked estimated."""
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
def test_exclusive_of_any_turns_covers_all_speech_once(spoken: list[Turn]) -> None:
    """At each moment of speech exactly one speaker has the floor, one who talks at that moment."""
    exclusive = exclusive_of(spoken)
    for moment in range(260):
        time = (moment + 0.5) / 64
        talking = {turn.speaker for turn in spoken if turn.start <= time < turn.end}
        floor = [turn.speaker for turn in exclusive if turn.start <= time < turn.end]
        assert len(floor) == bool(talking)
        assert set(floor) <= talking


def test_attribute_without_exclusive_turns_derives_them() -> None:
    """A diarizer with regular turns only, as a pyannote 3.x pipeline, still gives words their speakers."""
    attributed = attribute(words(("a", 0.2, 0.4), ("b", 2.2, 2.4)), Diarization(turns=turns((0, 2, "A"), (1, 3, "B"))))
    assert [word.speaker for word in attributed] == ["A", "B"]
