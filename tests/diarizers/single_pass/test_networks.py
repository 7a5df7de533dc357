"""The stand-in networks are what the engine asks for, so the tests with them say something about real ones."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.diarizers.single_pass import EmbeddingNetwork, SegmentationNetwork, Speech
from tests.standins.networks import FakeEmbedding, FakeSegmentation, fake_networks, talk


def test_networks_take_one_item_at_a_time_unless_told_otherwise() -> None:
    """Masks have a row for each frame of the grid; too little speech has no sums."""
    segmentation: SegmentationNetwork = FakeSegmentation()
    embedding: EmbeddingNetwork = FakeEmbedding()
    (mask,) = segmentation([talk(("A", 2.0))])
    assert len(mask) == segmentation.grid(None).per_window
    little = Speech(np.zeros((19, embedding.dimension), np.float32), np.arange(19))
    assert embedding.running_sums([little]) == [None]
    assert (fake_networks().windows_at_once, fake_networks().segments_at_once) == (1, 1)


@given(st.lists(st.integers(0, 4000), max_size=10))
def test_features_do_not_depend_on_blocks(sizes: list[int]) -> None:
    """Each feature comes once, as soon as its audio is complete."""
    samples = talk(("A", 0.7), ("B", sum(sizes) / 16000))[: sum(sizes)]
    stream, edges = FakeEmbedding().features(), np.cumsum([0, *sizes])
    blocks = [stream.push(samples[first:last]) for first, last in itertools.pairwise(edges)]
    whole = FakeEmbedding().features().push(samples)
    np.testing.assert_array_equal(np.vstack([*blocks, whole[:0]]), whole)
