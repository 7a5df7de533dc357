"""pyannote's steps run in parts have the same result, and an arena keeps arrays unchanged."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from speakerplug.diarizers.pyannote import low_memory
from speakerplug.diarizers.pyannote.diarizer import prepare_import
from speakerplug.diarizers.pyannote.low_memory import ArrayArena

KINDS = st.sampled_from([np.dtype(kind) for kind in ("uint8", "int16", "float32", "float64")])
SHAPES = array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=9)

with_pyannote = pytest.mark.models
"""For tests that need no weights, but pyannote, whose import takes time."""


@pytest.fixture(scope="module")
def stock() -> Any:
    """Return pyannote's own class."""
    prepare_import()
    from pyannote.audio.pipelines import SpeakerDiarization

    return SpeakerDiarization


def segmentation(seed: int, windows: int, frames: int = 40, speakers: int = 3) -> Any:
    """Return a random binary segmentation: windows of ten seconds, one second apart."""
    from pyannote.core import SlidingWindow, SlidingWindowFeature

    data = (np.random.default_rng(seed).random((windows, frames, speakers)) < 0.4).astype(np.float32)
    return SlidingWindowFeature(data, SlidingWindow(start=0.0, duration=10.0, step=1.0))


@with_pyannote
@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.integers(1, 12), st.integers(1, 5))
def test_reconstruct_equals_that_of_pyannote(stock: Any, seed: int, windows: int, clusters: int) -> None:
    """All frames are equal, for any segmentation and clusters."""
    from pyannote.core import SlidingWindow

    activity = segmentation(seed, windows)
    hard = np.random.default_rng(seed).integers(-1, clusters, (windows, 3))
    hard[hard == -1] = -2
    hard[0, 0] = clusters - 1
    count = stock.speaker_count(activity, SlidingWindow(start=0.0, duration=0.25, step=0.25), warm_up=(0.0, 0.0))
    pipeline = SimpleNamespace(to_diarization=stock.to_diarization)
    one, other = (make(pipeline, activity, hard, count) for make in (stock.reconstruct, low_memory.reconstruct))
    assert np.array_equal(one.data, other.data)
    for name in ("start", "step", "duration"):
        assert getattr(one.sliding_window, name) == getattr(other.sliding_window, name)


class Embedding:
    """Compute sums of audio and mask, and record the input of each batch."""

    min_num_samples = 400
    sample_rate = 100

    def __init__(self) -> None:
        self.batches: list[Any] = []

    def __call__(self, waveforms: Any, masks: Any) -> Any:
        """Return embeddings of shape (batch, 2)."""
        self.batches.append((waveforms.numpy().copy(), masks.numpy().copy()))
        return np.stack([waveforms.sum(dim=(1, 2)).numpy(), masks.sum(dim=1).numpy()], axis=1)


@with_pyannote
@pytest.mark.parametrize("windows", [1, 7, 8, 9, 50])
def test_get_embeddings_equals_that_of_pyannote_in_every_batch(
    stock: Any, windows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The network gets the same audio and masks in the same batches, and progress runs from none to all."""
    import torch

    monkeypatch.setattr(low_memory, "BATCHES", 2)
    audio = torch.arange(100.0 * (windows + 9))[None]
    crops = SimpleNamespace(
        crop=lambda file, chunk, mode: (audio[:, round(chunk.start * 100) : round(chunk.end * 100)], 100)
    )
    results, batches = [], []
    for make in (stock.get_embeddings, low_memory.get_embeddings):
        kind = type("Pipeline", (), {"get_embeddings": stock.get_embeddings})
        pipeline = kind()
        pipeline.training, pipeline.embedding_batch_size = False, 4
        pipeline._audio, pipeline._embedding = crops, Embedding()
        reached: list[tuple[int, int]] = []
        hook = lambda step, artifact, total, completed, reached=reached: reached.append((completed, total))  # noqa: E731
        results.append(make(pipeline, {}, segmentation(1, windows), True, hook))
        batches.append(pipeline._embedding.batches)
        assert [done for done, _ in reached] == list(range(len(reached)))
        assert reached[-1] == (-(-windows * 3 // 4),) * 2
    assert np.array_equal(*results)
    assert len(batches[0]) == len(batches[1])
    for one, other in zip(*batches, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@with_pyannote
def test_linkage_of_many_embeddings_equals_that_of_scipy(stock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a distance matrix the dendrogram is the same, and so is every cut of it."""
    from pyannote.audio.pipelines import clustering
    from scipy.cluster.hierarchy import fcluster

    low_memory._spare_linkage()
    rng = np.random.default_rng(0)
    centers = rng.normal(size=(5, 32))
    embeddings = centers[rng.integers(0, 5, 400)] + 0.8 * rng.normal(size=(400, 32))
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    table = clustering.linkage(embeddings, method="centroid", metric="euclidean")
    monkeypatch.setattr(low_memory, "MANY", 100)
    memory_saving = clustering.linkage(embeddings, method="centroid", metric="euclidean")
    assert np.allclose(table[:, 2:], memory_saving[:, 2:])
    for threshold in (0.5, 0.7, 0.9):
        one, other = (fcluster(tree, threshold, criterion="distance") for tree in (table, memory_saving))
        assert len(set(zip(one, other, strict=True))) == len(set(one)) == len(set(other))


@given(st.lists(arrays(KINDS, SHAPES), max_size=12), st.sampled_from([64, 200, 2**20]))
def test_arena_keeps_every_array_unchanged(given: list[Any], block_bytes: int) -> None:
    """Values, type and shape are equal, for any other arrays and block sizes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(low_memory, "BLOCK_BYTES", block_bytes)
        arena = ArrayArena()
        kept = [arena.keep(array) for array in given]
    for array, other in zip(given, kept, strict=True):
        assert (array.dtype, array.shape) == (other.dtype, other.shape)
        assert np.array_equal(array, other, equal_nan=array.dtype.kind == "f")
        assert other.flags.aligned


def test_arena_puts_many_arrays_into_one_block() -> None:
    """A thousand small arrays fit into a block, and do not overlap."""
    arena = ArrayArena()
    kept = [arena.keep(np.full(100, number, dtype=np.float32)) for number in range(1000)]
    begins = [array.__array_interface__["data"][0] for array in kept]
    assert max(begins) - min(begins) < low_memory.BLOCK_BYTES
    assert [array[0] for array in kept] == list(range(1000))


def test_arena_keeps_a_copy() -> None:
    """The caller may reuse the memory of an array for the next batch."""
    array = np.ones(3)
    kept = ArrayArena().keep(array)
    array[:] = 2
    assert kept.tolist() == [1, 1, 1]
