"""Segments become speakers, within bounds, in one tree or, of very many segments, in two levels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.diarizers.single_pass import clustering
from speakerplug.diarizers.single_pass.clustering import Clustering, Vectors, distances, unit_rows

CLUSTERING = Clustering(threshold=0.42, min_speech_s=4.0, distinct=0.5)


def segments(speakers: list[int], noise: float = 0.08, seed: int = 0) -> Vectors:
    """Return a unit vector near the direction of each speaker."""
    rng = np.random.default_rng(seed)
    return unit_rows(np.eye(16)[speakers] + rng.normal(0, noise, (len(speakers), 16)))


def people(centroids: Vectors) -> list[int]:
    """Return the speaker of each centroid."""
    return sorted(int(each) for each in centroids.argmax(axis=1))


@given(st.lists(st.integers(0, 5), min_size=1, max_size=40))
def test_speakers_are_the_people_who_speak(who: list[int]) -> None:
    """One centroid each, in the direction of the speaker, and no doubt about the number."""
    centroids, others = CLUSTERING.speakers(segments(who), np.full(len(who), 5.0), 1, len(who))
    assert people(centroids) == sorted(set(who))
    assert set(others) == {len(set(who))}


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30), st.data())
def test_number_of_speakers_is_within_the_bounds(who: list[int], data: st.DataObject) -> None:
    """For every bound that so many segments can meet."""
    low = data.draw(st.integers(1, len(who)))
    high = data.draw(st.integers(low, len(who)))
    centroids, _ = CLUSTERING.speakers(segments(who), np.full(len(who), 5.0), low, high)
    assert low <= len(centroids) <= high
    assert np.isfinite(centroids).all()


@pytest.mark.parametrize("leaves", [10, 25, 60])
def test_two_levels_find_the_same_people_as_one(monkeypatch: pytest.MonkeyPatch, leaves: int) -> None:
    """Their centroids are the same but for a little; nobody who speaks little is lost."""
    who = [*([0, 1, 2] * 60), 3, *([0, 1] * 20), 4]
    seconds = np.array([3.0] * 180 + [2.0] + [3.0] * 40 + [1.5])
    units = segments(who)
    whole, _ = CLUSTERING.speakers(units, seconds, 1, len(who))
    monkeypatch.setattr(clustering, "MAX_LEAVES", leaves)
    condensed, others = CLUSTERING.speakers(units, seconds, 1, len(who))
    assert people(condensed) == people(whole) == [0, 1, 2, 3, 4]
    assert set(others) == {5}
    assert distances(condensed, whole).min(axis=1).max() < 1e-3


@pytest.mark.parametrize(("low", "high"), [(1, 2), (4, 4), (7, 9), (12, 12), (1, 100)])
def test_two_levels_obey_the_bounds(monkeypatch: pytest.MonkeyPatch, low: int, high: int) -> None:
    """Even if fewer groups of very similar segments exist than speakers are requested."""
    monkeypatch.setattr(clustering, "MAX_LEAVES", 24)
    for who in ([0, 1, 2] * 40, [0] * 120):
        centroids, _ = CLUSTERING.speakers(segments(who, noise=0.01), np.full(120, 3.0), low, high)
        assert low <= len(centroids) <= high
        assert np.isfinite(centroids).all()


def test_two_levels_of_unlike_segments_come_to_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no two segments are similar, the groups grow until the tree can hold them."""
    monkeypatch.setattr(clustering, "MAX_LEAVES", 8)
    units = unit_rows(np.random.default_rng(0).normal(size=(100, 64)))
    centroids, _ = CLUSTERING.speakers(units, np.full(100, 3.0), 1, 100)
    assert 1 <= len(centroids) <= 8


def test_speaker_with_little_speech_counts_if_unlike_the_others() -> None:
    """Two seconds are a speaker of their own if distinct, and part of the nearest one otherwise."""
    near = unit_rows(np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.55, 0.0, 0.83]]))
    seconds = np.array([9.0, 9.0, 2.0])
    assert len(CLUSTERING.speakers(near, seconds, 1, 3)[0]) == 2
    assert len(CLUSTERING.speakers(np.eye(3), seconds, 1, 3)[0]) == 3
    assert len(CLUSTERING.speakers(near, np.full(3, 9.0), 1, 3)[0]) == 3


def test_number_in_doubt_is_named_with_its_alternatives() -> None:
    """Two speakers just farther apart than the threshold may be one."""
    angle = np.arccos(1 - 0.44)
    units = np.array([[1.0, 0.0], [np.cos(angle), np.sin(angle)]] * 4)
    centroids, others = CLUSTERING.speakers(units, np.full(8, 5.0), 1, 8)
    assert (len(centroids), others) == (2, [2, 1, 2])


def test_centroid_is_weighted_by_the_duration_of_speech() -> None:
    """Nine seconds count nine times as much as one."""
    units = unit_rows(np.array([[1.0, 0.0], [1.0, 0.4]]))
    centroids, _ = CLUSTERING.speakers(units, np.array([9.0, 1.0]), 1, 1)
    np.testing.assert_allclose(centroids[0], unit_rows(np.array([9 * units[0] + units[1]]))[0])


def test_unit_of_a_vector_without_direction_is_nan() -> None:
    """It takes no part in the clustering."""
    assert np.isnan(unit_rows(np.array([[0.0, 0.0], [3.0, 4.0]]))).tolist() == [[True, True], [False, False]]
