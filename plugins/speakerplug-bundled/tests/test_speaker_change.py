"""A piece is cut where the voice changes, and nowhere else; its parts are embedded from running sums."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from speakerplug_bundled.speaker_change import HOP, Heard, Vectors, parts_of, speaker_changes

CHANNELS = 6


def plain(statistics: Vectors) -> Vectors:
    """An embedding that is the means themselves."""
    return statistics[:, :CHANNELS]


def talk(*voices: tuple[int, int]) -> Vectors:
    """Features of (voice, hops) one after the other, each voice in a direction of its own, with some noise."""
    rng = np.random.default_rng(0)
    count = HOP * sum(hops for _, hops in voices)
    directions = np.repeat([voice for voice, _ in voices], [HOP * hops for _, hops in voices])
    features: Vectors = 3 * np.eye(CHANNELS)[directions].T + rng.normal(0, 0.5, (CHANNELS, count))
    return features


def heard(features: Vectors) -> Heard:
    return Heard.of(features, np.arange(features.shape[1]))


@given(st.integers(1, 60), st.data())
def test_running_sums_tell_the_statistics_of_any_part(count: int, data: st.DataObject) -> None:
    """Mean and deviation of a part are those of its features, also at the end, where a hop may be shorter."""
    features = np.random.default_rng(count).normal(1, 2, (CHANNELS, count))
    piece = heard(features)
    start = data.draw(st.integers(0, len(piece.counts) - 2))
    end = data.draw(st.integers(start + 1, len(piece.counts) - 1))
    part = features[:, piece.counts[start] : piece.counts[end]]
    found = piece.statistics(np.array([start]), np.array([end]))[0]
    deviation = part.std(axis=1, ddof=1) if part.shape[1] > 1 else np.zeros(CHANNELS)
    np.testing.assert_allclose(found, np.concatenate([part.mean(axis=1), deviation]), rtol=1e-3, atol=1e-2)


@given(st.integers(8, 40), st.integers(8, 40))
@settings(deadline=None)
def test_a_change_is_found_where_it_is(before: int, after: int) -> None:
    """Two voices without a pause are cut between them, to a tenth of a second."""
    assert speaker_changes(heard(talk((0, before), (1, after))), plain, 0.5, 8) == [before]


def test_who_throws_in_a_word_is_found() -> None:
    """A second of somebody else between long stretches of one voice is a part of its own."""
    assert speaker_changes(heard(talk((0, 60), (1, 10), (0, 60))), plain, 0.2, 8) == [60, 70]


@given(st.integers(1, 100))
@settings(deadline=None)
def test_one_voice_is_not_cut(hops: int) -> None:
    """However long somebody talks, there is one part."""
    assert speaker_changes(heard(talk((0, hops))), plain, 0.5, 8) == []


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 30)), min_size=1, max_size=6), st.integers(2, 15))
@settings(deadline=None)
def test_no_part_is_shorter_than_the_shortest(voices: list[tuple[int, int]], shortest: int) -> None:
    """Places of change are in order and far enough from each other and from both ends."""
    piece = heard(talk(*voices))
    found = speaker_changes(piece, plain, 0.3, shortest)
    edges = [0, *found, len(piece.counts) - 1]
    assert found == sorted(found)
    assert not found or min(np.diff(edges)) >= shortest


def test_every_part_has_its_embedding_and_frame() -> None:
    """Three turns are three parts, each embedded alone; cuts are told in frames of the segmentation."""
    features = talk((0, 20), (1, 15), (0, 20))
    where: NDArray[np.int64] = 100 + 2 * np.arange(features.shape[1])
    frames, embeddings = parts_of(Heard.of(features, where), plain, 0.5, 8)
    assert frames.tolist() == [100 + 2 * HOP * 20, 100 + 2 * HOP * 35]
    assert embeddings.argmax(axis=1).tolist() == [0, 1, 0]


@pytest.mark.parametrize("distance", [0.0, 2.0])
def test_the_distance_decides(distance: float) -> None:
    """At 0 everything that can be cut is cut; at 2, the farthest that two voices can be, nothing is."""
    found = speaker_changes(heard(talk((0, 20), (1, 20))), plain, distance, 8)
    assert bool(found) == (distance == 0.0)
