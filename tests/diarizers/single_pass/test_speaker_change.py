"""A segment is cut where the speaker changes, and nowhere else; its parts are embedded from running sums."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from speakerplug.diarizers.single_pass.speaker_change import HOP, RunningSums, Vectors, parts_of, speaker_changes

CHANNELS = 6


def plain(statistics: Vectors) -> Vectors:
    """Return the means themselves as embeddings."""
    return statistics[:, :CHANNELS]


def talk(*speakers: tuple[int, int]) -> Vectors:
    """Return features of (speaker, hops) in order, each speaker in a direction of its own, with some noise."""
    rng = np.random.default_rng(0)
    count = HOP * sum(hops for _, hops in speakers)
    directions = np.repeat([speaker for speaker, _ in speakers], [HOP * hops for _, hops in speakers])
    features: Vectors = 3 * np.eye(CHANNELS)[directions].T + rng.normal(0, 0.5, (CHANNELS, count))
    return features


def sums(features: Vectors) -> RunningSums:
    return RunningSums.of(features, np.arange(features.shape[1]))


@given(st.integers(1, 60), st.data())
def test_running_sums_give_the_statistics_of_any_part(count: int, data: st.DataObject) -> None:
    """Mean and deviation of a part are those of its features, also at the end, where a hop may be shorter."""
    features = np.random.default_rng(count).normal(1, 2, (CHANNELS, count))
    segment = sums(features)
    start = data.draw(st.integers(0, len(segment.counts) - 2))
    end = data.draw(st.integers(start + 1, len(segment.counts) - 1))
    part = features[:, segment.counts[start] : segment.counts[end]]
    found = segment.statistics(np.array([start]), np.array([end]))[0]
    deviation = part.std(axis=1, ddof=1) if part.shape[1] > 1 else np.zeros(CHANNELS)
    np.testing.assert_allclose(found, np.concatenate([part.mean(axis=1), deviation]), rtol=1e-3, atol=1e-2)


@given(st.integers(8, 40), st.integers(8, 40))
@settings(deadline=None)
def test_speaker_change_is_found_at_its_place(before: int, after: int) -> None:
    """Two speakers without a pause are separated between them, to a tenth of a second."""
    assert speaker_changes(sums(talk((0, before), (1, after))), plain, 0.5, 8) == [before]


def test_speaker_changes_finds_a_short_interjection() -> None:
    """A second of another speaker within a long segment of one speaker is a part of its own."""
    assert speaker_changes(sums(talk((0, 60), (1, 10), (0, 60))), plain, 0.2, 8) == [60, 70]


@given(st.integers(1, 100))
@settings(deadline=None)
def test_one_speaker_is_not_cut(hops: int) -> None:
    """However long one speaker talks, there is one part."""
    assert speaker_changes(sums(talk((0, hops))), plain, 0.5, 8) == []


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 30)), min_size=1, max_size=6), st.integers(2, 15))
@settings(deadline=None)
def test_no_part_is_shorter_than_the_minimum(speakers: list[tuple[int, int]], shortest: int) -> None:
    """Changes are in order and far enough from each other and from both ends."""
    segment = sums(talk(*speakers))
    found = speaker_changes(segment, plain, 0.3, shortest)
    edges = [0, *found, len(segment.counts) - 1]
    assert found == sorted(found)
    assert not found or min(np.diff(edges)) >= shortest


def test_every_part_has_its_embedding_and_frame() -> None:
    """Three turns are three parts, each with its own embedding; cuts are in frames of the segmentation."""
    features = talk((0, 20), (1, 15), (0, 20))
    where: NDArray[np.int64] = 100 + 2 * np.arange(features.shape[1])
    frames, embeddings = parts_of(RunningSums.of(features, where), plain, 0.5, 8)
    assert frames.tolist() == [100 + 2 * HOP * 20, 100 + 2 * HOP * 35]
    assert embeddings.argmax(axis=1).tolist() == [0, 1, 0]


@pytest.mark.parametrize("distance", [0.0, 2.0])
def test_distance_is_the_threshold(distance: float) -> None:
    """At 0 every possible cut is made; at 2, the maximum distance, none."""
    found = speaker_changes(sums(talk((0, 20), (1, 20))), plain, distance, 8)
    assert bool(found) == (distance == 0.0)
