"""The decoder finds the best path, and words that it decides without a search lie on it."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.attribution.candidates import Candidates
from speakerplug.attribution.viterbi import decode, likeliest

costs = st.integers(0, 12).map(lambda cost: cost / 4)
scores = st.lists(
    st.dictionaries(st.integers(0, 3), st.integers(0, 20).map(lambda score: score / 8), min_size=1),
    min_size=1,
    max_size=6,
)


def score_of(path: tuple[int, ...], found: list[dict[int, float]], changes: list[float]) -> float:
    paid = sum(cost for (a, b), cost in zip(pairwise(path), changes, strict=True) if a != b)
    return sum(own[speaker] for own, speaker in zip(found, path, strict=True)) - paid


def best(found: list[dict[int, float]], changes: list[float]) -> float:
    return max(score_of(path, found, changes) for path in product(*found))


@given(scores, st.data(), st.integers(0, 3), st.integers(0, 3))
def test_likeliest_any_run_has_the_best_score(
    found: list[dict[int, float]], data: st.DataObject, before: int, after: int
) -> None:
    """Of all sequences of speakers, none scores more between the speakers around them."""
    changes = data.draw(st.lists(costs, min_size=len(found) + 1, max_size=len(found) + 1))
    path = likeliest(found, changes, before, after)
    around = [{before: 0.0}, *found, {after: 0.0}]
    assert score_of((before, *path, after), around, changes) == pytest.approx(best(around, changes))


@given(scores, st.data())
def test_decode_clear_words_are_on_the_best_path(found: list[dict[int, float]], data: st.DataObject) -> None:
    """Words with clear decisions skip the search, and the path scores as much as if they did not."""
    changes = data.draw(st.lists(costs, min_size=len(found), max_size=len(found)))
    rows = [(i, who, own[who]) for i, own in enumerate(found) for who in sorted(own, key=lambda who: -own[who])]
    word, speaker, score = (np.array(column) for column in zip(*rows, strict=True))
    table = Candidates(word, speaker, score.astype(np.float64))
    path = decode(np.full(len(found), -1), table, np.array(changes), lambda i: changes[i])
    assert score_of(tuple(path.tolist()), found, changes[1:]) == pytest.approx(best(found, changes[1:]))


def test_decode_given_words_keep_their_speakers() -> None:
    """A given word keeps its speaker, and that speaker continues where decisions is weak."""
    table = Candidates(np.array([1, 1]), np.array([0, 1]), np.array([1.0, 0.5]))
    path = decode(np.array([1, -1, 1]), table, np.array([0.0, 1.0, 1.0]), lambda i: 1.0)
    assert path.tolist() == [1, 1, 1]
