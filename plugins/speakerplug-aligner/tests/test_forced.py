"""Where words lie in the frames of a CTC model, on emissions whose truth is known."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from speakerplug_aligner.acoustics import LogProbs
from speakerplug_aligner.forced import align

SYMBOLS, BLANK, BETWEEN = 12, 0, 1


def emission(path: list[int], sure: float = 0.9) -> LogProbs:
    """Log probabilities that say `path` (a symbol a frame), as sure as that."""
    probs = np.full((len(path), SYMBOLS), (1 - sure) / (SYMBOLS - 1), np.float32)
    probs[np.arange(len(path)), path] = sure
    return np.log(probs)


# Words of 1 to 4 symbols; after each symbol some frames of it, then some of blank.
spoken = st.lists(
    st.lists(st.tuples(st.integers(2, SYMBOLS - 1), st.integers(1, 4), st.integers(1, 5)), min_size=1, max_size=4),
    min_size=1,
    max_size=8,
)


@settings(max_examples=60, deadline=None)
@given(spoken, st.booleans(), st.integers(1, 10), st.floats(0.5, 0.95))
def test_words_are_found_where_they_are(
    words: list[list[tuple[int, int, int]]], has_between: bool, silence: int, sure: float
) -> None:
    """Each word is found at the frames where its symbols were laid, blanks around and inside it or not."""
    path, true = [BLANK] * silence, []
    for number, word in enumerate(words):
        if number and has_between:
            path += [BETWEEN]
        start = len(path)
        for symbol, length, blanks in word:
            end = len(path) + length
            path += [symbol] * length + [BLANK] * blanks
        true.append((start, end))
    symbols = [[symbol for symbol, _, _ in word] for word in words]
    assert align(emission(path, sure), symbols, BLANK, BETWEEN if has_between else None) == true


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.integers(1, SYMBOLS - 1), max_size=5), min_size=1, max_size=8),
    st.integers(1, 80),
    st.integers(0, 1000),
)
def test_whatever_is_heard_the_words_are_in_order(words: list[list[int]], frames: int, seed: int) -> None:
    """Of any emission, spans are inside the sound, not empty, in order and apart; too short a sound has none."""
    noise = np.random.default_rng(seed).standard_normal((frames, SYMBOLS)).astype(np.float32)
    spans = align(noise - np.log(np.exp(noise).sum(axis=1, keepdims=True)), words, BLANK, None)
    if spans is None:
        flat = [symbol for word in words for symbol in word or [SYMBOLS]]
        assert frames < len(flat) + sum(a == b for a, b in pairwise(flat))
        return
    assert len(spans) == len(words)
    assert all(0 <= first < last <= frames for first, last in spans)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))


def test_a_word_that_cannot_be_spelled_takes_what_is_left() -> None:
    """A number between two words that are known lies between them."""
    path = [0, 2, 2, 3, 0, 7, 7, 8, 9, 9, 0, 4, 5, 0]
    spans = align(emission(path), [[2, 3], [], [4, 5]], BLANK, None)
    assert spans is not None
    assert (spans[0], spans[2]) == ((1, 4), (11, 13))
    assert 4 <= spans[1][0] < spans[1][1] <= 11


def test_no_words_are_nowhere() -> None:
    """Without words, or without enough sound, there is nothing to align."""
    assert align(emission([0, 0]), [], BLANK, None) is None
    assert align(emission([2, 2]), [[2, 2]], BLANK, None) is None
