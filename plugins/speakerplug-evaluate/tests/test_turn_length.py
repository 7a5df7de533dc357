from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.transcript import Word
from speakerplug_evaluate.alignment import align
from speakerplug_evaluate.rates import Rate, pooled
from speakerplug_evaluate.scoring import wder
from speakerplug_evaluate.turn_length import CLASSES, LIMITS_S, by_turn_length, together

LONG = [Word(f"long{n}", n / 2, n / 2 + 0.5, "ann") for n in range(12)]


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.49, 0), (0.5, 1), (0.99, 1), (1.0, 2), (1.99, 2), (2.0, 3), (4.99, 3), (5.0, 4), (60.0, 4)],
)
def test_turn_of_a_length_is_in_the_class_that_begins_there(seconds: float, expected: int) -> None:
    """Two words are a turn from the start of the first to the end of the second; one has the wrong speaker."""
    turn = [Word("well", 10.2, 10.3, "bob"), Word("yes", 10.3, 10.2 + seconds, "bob")]
    found = by_turn_length([*LONG, *turn], [*LONG, replace(turn[0], speaker="ann"), turn[1]], _diagonal(14))
    assert found[expected] == Rate(1, 2) + (Rate(0, 12) if expected == 4 else Rate(0, 0))
    assert pooled(found) == Rate(1, 14)


def test_words_not_recognized_are_in_no_class() -> None:
    """As in WDER, deleted and inserted words do not count."""
    found = by_turn_length(LONG, [*LONG[1:], Word("more", 9.0, 9.1, "bob")], align(LONG, LONG[1:]))
    assert found == (*[Rate(0, 0)] * 4, Rate(0, 11))
    assert together([found, found])[4] == Rate(0, 22)


def test_every_class_has_a_name() -> None:
    """There is one class more than limits."""
    assert len(CLASSES) == len(LIMITS_S) + 1


WORDS = st.builds(
    lambda text, start, length, speaker: Word(text, start, start + length, speaker),
    st.sampled_from("abc"), st.floats(0, 30), st.floats(0, 6), st.sampled_from(["ann", "bob", None]),
)  # fmt: skip


@given(st.lists(WORDS, max_size=20), st.lists(WORDS, max_size=20))
def test_classes_add_up_to_the_words_of_wder(reference: list[Word], words: list[Word]) -> None:
    """Wrong and recognized words alike."""
    reference = [replace(word, speaker=word.speaker or "cy") for word in reference]
    pairs = align(reference, words)
    assert pooled(by_turn_length(reference, words, pairs)) == pooled(wder(reference, words, pairs))


def _diagonal(count: int) -> list[tuple[int | None, int | None]]:
    return [(index, index) for index in range(count)]
