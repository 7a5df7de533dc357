"""Segments become speakers, within bounds, in one tree or, of very many segments, in two levels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.diarizers.single_pass import clustering
from speakerplug.diarizers.single_pass.clustering import Clustering, Vectors, distances, unit_rows

CLUSTERING = Clustering(threshold=0.42, min_speech_s=0.8, distinct=0.33)


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


@pytest.mark.parametrize(
    ("seconds", "near", "far"), [(1.0, 0.84, 0.9), (2.0, 0.57, 0.63), (4.0, 0.44, 0.5), (20.0, 0.33, 0.39)]
)
def test_who_says_less_must_be_more_unlike_the_others(seconds: float, near: float, far: float) -> None:
    """The distance that makes a speaker falls as that of speech from its own speaker does: 1 / seconds."""
    fine = Clustering(threshold=0.3, min_speech_s=0.8, distinct=0.33)
    assert [len(fine.speakers(*conversation(60.0, (each, seconds, 1)), 1, 9)[0]) for each in (near, far)] == [2, 3]


def conversation(seconds: float, *odd: tuple[float, float, int]) -> tuple[Vectors, Vectors]:
    """Return 20 segments each of two who speak so long, and odd ones: distance from the first, length, number."""
    units, lengths = [segments([0, 1] * 20, noise=0.02)], [np.full(40, seconds / 20)]
    for direction, (distance, length, number) in enumerate(odd, start=2):
        angle = np.arccos(1 - distance)
        units.append(np.tile(np.cos(angle) * np.eye(16)[0] + np.sin(angle) * np.eye(16)[direction], (number, 1)))
        lengths.append(np.full(number, length))
    return np.vstack(units), np.concatenate(lengths)


@given(st.integers(1, 24), st.floats(0.45, 0.6), st.floats(1.0, 1.2))
def test_odd_segments_that_recur_are_no_speaker_however_long_the_recording(
    times: int, distance: float, length: float
) -> None:
    """One odd segment in half an hour of speech: a day has no more speakers than an hour."""
    found, _ = CLUSTERING.speakers(*conversation(300.0 * times, (distance, length, max(1, times // 6))), 1, 100)
    assert people(found) == [0, 1]


@given(st.floats(300.0, 10_000.0), st.floats(0.65, 1.0), st.floats(2.0, 5.0))
def test_distinct_voice_that_says_ten_seconds_is_a_speaker_however_long_the_recording(
    seconds: float, distance: float, length: float
) -> None:
    """If one of its segments lasts two seconds."""
    rare = (distance, length, round(10 / length))
    units, lengths = conversation(seconds, rare)
    found, _ = CLUSTERING.speakers(units, lengths, 1, 100)
    assert len(found) == 3
    assert distances(found, units[[-1]]).min() < 1e-3


@given(st.floats(100.0, 8000.0), st.floats(100.0, 8000.0), st.floats(0.45, 0.9))
def test_rare_voice_is_lost_only_as_the_others_speak_longer(some: float, more: float, distance: float) -> None:
    """Who is a speaker beside much speech is one beside less."""
    rare = (distance, 1.5, 4)
    beside_less, beside_more = (
        len(CLUSTERING.speakers(*conversation(each, rare), 1, 100)[0]) for each in sorted((some, more))
    )
    assert beside_less >= beside_more


@pytest.mark.parametrize(("seconds", "speakers"), [(60.0, 3), (1000.0, 2)])
def test_one_short_segment_of_a_distinct_voice_is_a_speaker_in_a_short_recording_only(
    seconds: float, speakers: int
) -> None:
    """Among the many segments of an hour, one of little more than a second may be odd."""
    assert len(CLUSTERING.speakers(*conversation(seconds, (0.9, 1.15, 1)), 1, 100)[0]) == speakers


@pytest.mark.parametrize(("seconds", "count"), [(200.0, 1), (400.0, 2)])
def test_near_voice_that_speaks_for_five_minutes_is_a_speaker(seconds: float, count: int) -> None:
    """The tree keeps brothers apart whose centroids are nearer than `distinct`; with less speech they are one."""
    rng = np.random.default_rng(1)
    one, other = np.eye(64)[0], unit_rows(np.eye(64)[[0]] + 0.9 * np.eye(64)[[1]])[0]
    spread = rng.normal(0, 0.1, (80, 64))
    units = unit_rows(np.vstack([np.tile(one, (40, 1)), np.tile(other, (40, 1))]) + spread)
    pieces = np.full(80, seconds / 40)
    centroids, _ = Clustering(threshold=0.5, min_speech_s=0.8, distinct=0.33).speakers(units, pieces, 1, 80)
    assert len(centroids) == count


def test_odd_segments_are_a_speaker_where_so_many_are_requested() -> None:
    """The requested number is found, however little the last one speaks."""
    assert len(CLUSTERING.speakers(*conversation(4000.0, (0.5, 1.15, 3)), 3, 3)[0]) == 3


def test_two_levels_keep_who_has_one_longer_segment_among_short_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """And not one who has short ones only; groups of segments remember their longest."""
    units, seconds = conversation(1200.0, (0.8, 1.2, 3), (0.8, 1.2, 3))
    seconds[-1] = 2.0
    for leaves in (clustering.MAX_LEAVES, 20):
        monkeypatch.setattr(clustering, "MAX_LEAVES", leaves)
        found, _ = CLUSTERING.speakers(units, seconds, 1, 100)
        assert len(found) == 3
        assert distances(found, units[[-1]]).min() < 1e-3


def test_number_in_doubt_is_named_with_its_alternatives() -> None:
    """Two speakers just farther apart than the threshold may be one."""
    angle = np.arccos(1 - 0.44)
    units = np.array([[1.0, 0.0], [np.cos(angle), np.sin(angle)]] * 4)
    centroids, others = CLUSTERING.speakers(units, np.full(8, 5.0), 1, 8)
    assert (len(centroids), others) == (2, [2, 1, 2, 2])


def test_centroid_is_weighted_by_the_duration_of_speech() -> None:
    """Nine seconds count nine times as much as one."""
    units = unit_rows(np.array([[1.0, 0.0], [1.0, 0.4]]))
    centroids, _ = CLUSTERING.speakers(units, np.array([9.0, 1.0]), 1, 1)
    np.testing.assert_allclose(centroids[0], unit_rows(np.array([9 * units[0] + units[1]]))[0])


def test_unit_of_a_vector_without_direction_is_nan() -> None:
    """It takes no part in the clustering."""
    assert np.isnan(unit_rows(np.array([[0.0, 0.0], [3.0, 4.0]]))).tolist() == [[True, True], [False, False]]
