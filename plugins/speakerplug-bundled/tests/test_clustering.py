"""Speakers are found by how much they speak and how different they are, within the requested bounds."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pyannote.core import SlidingWindow, SlidingWindowFeature

from speakerplug_bundled.clustering import SpeakerClustering

PARAMETERS = {"threshold": 0.42, "min_piece": 1.0, "min_speech": 0.8, "distinct": 0.33}
FRAMES = 100


def clustering() -> SpeakerClustering:
    return SpeakerClustering().instantiate(PARAMETERS)


def recording(speech: list[tuple[int, float]], seed: int = 0) -> tuple[NDArray[np.float32], SlidingWindowFeature]:
    """Return one window for each (speaker, seconds of speech), the embeddings of speakers in orthogonal directions."""
    rng = np.random.default_rng(seed)
    embeddings = np.full((len(speech), 2, 16), np.nan, dtype=np.float32)
    active = np.zeros((len(speech), FRAMES, 2), dtype=np.float32)
    for window, (speaker, seconds) in enumerate(speech):
        embeddings[window, 0] = 5 * np.eye(16)[speaker] + rng.normal(0, 0.3, 16)
        active[window, : round(seconds * FRAMES / 10), 0] = 1.0
    return embeddings, SlidingWindowFeature(active, SlidingWindow(duration=10.0, step=10.0))


def labels_of(speech: list[tuple[int, float]], **bounds: int) -> list[int]:
    """Return the speaker of each segment, with the bounds that pyannote passes on."""
    embeddings, segmentation = recording(speech)
    found, similarity, centroids = clustering()(embeddings, segmentation, **bounds)
    assert similarity.shape == (*found.shape, len(centroids))
    return [int(speaker) for speaker in found[:, 0]]


def partition(labels: list[int]) -> list[int]:
    """Return the labels numbered in order of appearance."""
    order = list(dict.fromkeys(labels))
    return [order.index(label) for label in labels]


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30))
@settings(deadline=None)
def test_different_speakers_are_separated(speakers: list[int]) -> None:
    """However many speakers take turns of 5 s in whatever order, each gets its own label."""
    assert partition(labels_of([(speaker, 5.0) for speaker in speakers])) == partition(speakers)


@given(st.integers(1, 6), st.lists(st.integers(0, 3), min_size=8, max_size=20))
@settings(deadline=None)
def test_num_clusters_is_met(wanted: int, speakers: list[int]) -> None:
    """With enough speech, `num_clusters` is met, whether more or fewer would be found without it."""
    found = labels_of([(speaker, 5.0) for speaker in speakers], num_clusters=wanted)
    assert len(set(found)) == wanted


def test_bounds_are_kept() -> None:
    """Three speakers become two with a maximum, four with a minimum, and stay three within bounds."""
    speech = [(speaker, 5.0) for speaker in (0, 1, 2) * 4]
    assert len(set(labels_of(speech, max_clusters=2))) == 2
    assert len(set(labels_of(speech, min_clusters=4))) == 4
    assert len(set(labels_of(speech, min_clusters=2, max_clusters=5))) == 3


def test_rare_speaker_counts_if_unlike_the_others() -> None:
    """Two seconds suffice for a speaker of distinct embedding."""
    assert partition(labels_of([(0, 9.0), (1, 9.0), (2, 2.0)])) == [0, 1, 2]


def test_short_segments_are_assigned_but_make_no_speaker() -> None:
    """Half a second of something different is assigned to an existing speaker."""
    found = labels_of([(0, 9.0), (1, 9.0), (2, 0.5)])
    assert set(found) == {0, 1}


def test_speaker_without_a_majority_of_windows_is_dropped() -> None:
    """Of five windows with the same speech, one has another embedding: that is no further speaker."""
    embeddings, segmentation = recording([(0, 9.0), (0, 9.0), (1, 9.0), (0, 9.0), (0, 9.0)])
    together = SlidingWindowFeature(segmentation.data, SlidingWindow(duration=10.0, step=0.1))
    found, _, centroids = clustering()(embeddings, together)
    assert len(centroids) == 1
    assert set(found[:, 0]) == {0}


def test_segment_without_speech_has_no_speaker() -> None:
    """A segment without an embedding has no speaker, while others have one."""
    embeddings, segmentation = recording([(0, 9.0), (1, 9.0)])
    found, _, _ = clustering()(embeddings, segmentation)
    assert found[:, 1].tolist() == [-2, -2]


@pytest.mark.parametrize("bounds", [{}, {"num_clusters": 2}, {"min_clusters": 1, "max_clusters": 3}])
def test_speech_too_short_for_an_embedding_is_one_speaker(bounds: dict[str, int]) -> None:
    """Without any embedding there is one speaker, whatever was requested."""
    embeddings, segmentation = recording([(0, 0.1)])
    found, _, centroids = clustering()(np.full_like(embeddings, np.nan), segmentation, **bounds)
    assert found[0, 0] == 0
    assert len(centroids) == 1


def test_short_recording_uses_short_segments() -> None:
    """If no segment is a second long, shorter ones distinguish the speakers."""
    assert partition(labels_of([(0, 0.8), (1, 0.8), (0, 0.8)])) == [0, 1, 0]


def two(distance: float, **bounds: int) -> int:
    """Return how many speakers are found in eight turns of two speakers at this cosine distance."""
    angle = float(np.arccos(1 - distance))
    embeddings = np.zeros((8, 1, 3), dtype=np.float32)
    embeddings[:, 0, 0] = [1.0, np.cos(angle)] * 4
    embeddings[:, 0, 1] = [0.0, np.sin(angle)] * 4
    embeddings[:, 0, 2] = np.linspace(0, 0.05, 8)
    segmentation = SlidingWindowFeature(np.ones((8, 100, 1), dtype=np.uint8), SlidingWindow(duration=10.0, step=10.0))
    parameters = PARAMETERS | {"threshold": 0.5}
    found, _, _ = SpeakerClustering().instantiate(parameters)(embeddings, segmentation, **bounds)
    return int(found.max()) + 1


@pytest.mark.parametrize(("distance", "others"), [(0.52, "1"), (0.48, "2")])
def test_speakers_about_as_far_apart_as_the_threshold_are_in_doubt(
    distance: float, others: str, caplog: pytest.LogCaptureFixture
) -> None:
    """One or two speakers: the warning has the number found, and the alternative."""
    with caplog.at_level(logging.WARNING):
        two(distance)
    (record,) = caplog.records
    assert f"it may also be {others}: give --num-speakers" in record.getMessage()


@pytest.mark.parametrize("distance", [0.1, 0.3, 0.8])
def test_clear_numbers_are_not_doubted(distance: float, caplog: pytest.LogCaptureFixture) -> None:
    """Clearly one or clearly two speakers are no reason for a warning."""
    with caplog.at_level(logging.WARNING):
        two(distance)
    assert not caplog.records


def test_requested_number_is_not_doubted(caplog: pytest.LogCaptureFixture) -> None:
    """A number that was requested is not in doubt."""
    with caplog.at_level(logging.WARNING):
        assert two(0.52, num_clusters=2) == 2
    assert not caplog.records
