"""Forced alignment on emissions whose truth is known."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from speakerplug_aligner.acoustics import LogProbs
from speakerplug_aligner.forced import align

SYMBOLS, BLANK, BETWEEN = 12, 0, 1


def emission(path: list[int], sure: float = 0.9) -> LogProbs:
    """Return log probabilities for `path` (a symbol for each frame), of that certainty."""
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
def test_align_finds_words_at_their_symbols(
    words: list[list[tuple[int, int, int]]], has_between: bool, silence: int, sure: float
) -> None:
    """Each word is found at the frames of its symbols, with or without blanks around and inside it."""
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
def test_align_of_any_emission_keeps_words_in_order(words: list[list[int]], frames: int, seed: int) -> None:
    """Spans are inside the audio, not empty, in order and without overlap; audio that is too short has none."""
    noise = np.random.default_rng(seed).standard_normal((frames, SYMBOLS)).astype(np.float32)
    spans = align(noise - np.log(np.exp(noise).sum(axis=1, keepdims=True)), words, BLANK, None)
    if spans is None:
        flat = [symbol for word in words for symbol in word or [SYMBOLS]]
        assert frames < len(flat) + sum(a == b for a, b in pairwise(flat))
        return
    assert len(spans) == len(words)
    assert all(0 <= first < last <= frames for first, last in spans)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))


def test_align_of_a_word_without_symbols_takes_the_rest() -> None:
    """A number between two known words lies between them."""
    path = [0, 2, 2, 3, 0, 7, 7, 8, 9, 9, 0, 4, 5, 0]
    spans = align(emission(path), [[2, 3], [], [4, 5]], BLANK, None)
    assert spans is not None
    assert (spans[0], spans[2]) == ((1, 4), (11, 13))
    assert 4 <= spans[1][0] < spans[1][1] <= 11


def test_align_without_words_or_audio_is_none() -> None:
    """Without words, or without enough audio, there is nothing to align."""
    assert align(emission([0, 0]), [], BLANK, None) is None
    assert align(emission([2, 2]), [[2, 2]], BLANK, None) is None
