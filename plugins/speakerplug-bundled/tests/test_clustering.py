"""Voices are found by how much they speak and how unlike they are, within the bounds that were asked for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pyannote.core import SlidingWindow, SlidingWindowFeature

from speakerplug_bundled.clustering import VoiceClustering

PARAMETERS = {"threshold": 0.42, "min_piece": 1.0, "min_speech": 4.0, "distinct": 0.5}
FRAMES = 100


def clustering() -> VoiceClustering:
    return VoiceClustering().instantiate(PARAMETERS)


def recording(speech: list[tuple[int, float]], seed: int = 0) -> tuple[NDArray[np.float32], SlidingWindowFeature]:
    """One window a piece of (voice, seconds of speech), the voices in directions of their own."""
    rng = np.random.default_rng(seed)
    embeddings = np.full((len(speech), 2, 16), np.nan, dtype=np.float32)
    active = np.zeros((len(speech), FRAMES, 2), dtype=np.float32)
    for window, (voice, seconds) in enumerate(speech):
        embeddings[window, 0] = 5 * np.eye(16)[voice] + rng.normal(0, 0.3, 16)
        active[window, : round(seconds * FRAMES / 10), 0] = 1.0
    return embeddings, SlidingWindowFeature(active, SlidingWindow(duration=10.0, step=10.0))


def voices(speech: list[tuple[int, float]], **bounds: int) -> list[int]:
    """The voice found for each piece, under the numbers that pyannote passes on."""
    embeddings, segmentation = recording(speech)
    found, similarity, centroids = clustering()(embeddings, segmentation, **bounds)
    assert similarity.shape == (*found.shape, len(centroids))
    return [int(voice) for voice in found[:, 0]]


def partition(labels: list[int]) -> list[int]:
    """Labels counted in order of appearance."""
    order = list(dict.fromkeys(labels))
    return [order.index(label) for label in labels]


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30))
@settings(deadline=None)
def test_voices_that_differ_are_told_apart(speakers: list[int]) -> None:
    """However many voices take turns of 5 s in whatever order, each gets its own number."""
    assert partition(voices([(speaker, 5.0) for speaker in speakers])) == partition(speakers)


@given(st.integers(1, 6), st.lists(st.integers(0, 3), min_size=8, max_size=20))
@settings(deadline=None)
def test_the_number_asked_for_is_the_number_found(wanted: int, speakers: list[int]) -> None:
    """With speech enough, `num_clusters` is met, more or less than there would be without."""
    found = voices([(speaker, 5.0) for speaker in speakers], num_clusters=wanted)
    assert len(set(found)) == wanted


def test_bounds_are_kept() -> None:
    """Three voices become two under a maximum, four over a minimum, and stay three within bounds."""
    speech = [(speaker, 5.0) for speaker in (0, 1, 2) * 4]
    assert len(set(voices(speech, max_clusters=2))) == 2
    assert len(set(voices(speech, min_clusters=4))) == 4
    assert len(set(voices(speech, min_clusters=2, max_clusters=5))) == 3


def test_a_rare_voice_counts_when_it_is_unlike_the_others() -> None:
    """Two seconds suffice for somebody with a voice of their own."""
    assert partition(voices([(0, 9.0), (1, 9.0), (2, 2.0)])) == [0, 1, 2]


def test_short_pieces_go_to_a_voice_but_make_none() -> None:
    """Half a second of something strange is given to somebody who is there."""
    found = voices([(0, 9.0), (1, 9.0), (2, 0.5)])
    assert set(found) == {0, 1}


def test_a_voice_that_no_majority_of_windows_hears_is_none() -> None:
    """Of five windows that see the same speech, one hears a stranger: there is no stranger."""
    embeddings, segmentation = recording([(0, 9.0), (0, 9.0), (1, 9.0), (0, 9.0), (0, 9.0)])
    together = SlidingWindowFeature(segmentation.data, SlidingWindow(duration=10.0, step=0.1))
    found, _, centroids = clustering()(embeddings, together)
    assert len(centroids) == 1
    assert set(found[:, 0]) == {0}


def test_nobody_is_given_to_nobody() -> None:
    """A piece that nobody could be heard in has no voice, where others have one."""
    embeddings, segmentation = recording([(0, 9.0), (1, 9.0)])
    found, _, _ = clustering()(embeddings, segmentation)
    assert found[:, 1].tolist() == [-2, -2]


@pytest.mark.parametrize("bounds", [{}, {"num_clusters": 2}, {"min_clusters": 1, "max_clusters": 3}])
def test_speech_too_short_to_hear_is_one_voice(bounds: dict[str, int]) -> None:
    """With no embedding at all there is one voice, whatever was asked for."""
    embeddings, segmentation = recording([(0, 0.1)])
    found, _, centroids = clustering()(np.full_like(embeddings, np.nan), segmentation, **bounds)
    assert found[0, 0] == 0
    assert len(centroids) == 1


def test_short_recordings_use_what_they_have() -> None:
    """Where no piece is a second long, shorter ones tell the voices."""
    assert partition(voices([(0, 0.8), (1, 0.8), (0, 0.8)])) == [0, 1, 0]
