"""Embeddings whose frames are computed once a window are pyannote's, in a third of the calls of the network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from speakerplug.diarizers.pyannote import embeddings
from speakerplug.diarizers.pyannote.load import load_pipeline
from speakerplug.media.recording import read_waveform
from speakerplug.media.waveform import SAMPLE_RATE, Waveform
from tests.recordings import call_path


@pytest.fixture(scope="module")
def pipeline(community: Path) -> Any:
    """Return a pipeline as community-1 is, with segmentation-3.0 and an untrained WeSpeaker, prepared as for use."""
    pipeline = load_pipeline(community / "config.yaml", "It", None, offline=True)
    assert pipeline._embedding.min_num_samples > 0  # found by trying, once
    pipeline.embedding_batch_size = 2
    return pipeline


@pytest.fixture(scope="module")
def speech() -> Waveform:
    """Return twelve seconds of a phone call: three windows."""
    return Waveform.of(read_waveform(call_path()).samples[: 12 * SAMPLE_RATE])


@pytest.fixture
def windows_seen(pipeline: Any) -> Iterator[list[int]]:
    """Return the number of windows in each call of the network."""
    network = pipeline._embedding.model_.resnet
    seen: list[int] = []
    hook = network.layer1.register_forward_pre_hook(lambda layer, inputs: seen.append(len(inputs[0])))
    yield seen
    hook.remove()


@pytest.mark.models
@pytest.mark.parametrize("exclude_overlap", [True, False])
def test_get_embeddings_equals_that_of_pyannote(
    pipeline: Any, speech: Waveform, windows_seen: list[int], exclude_overlap: bool
) -> None:
    """On real speech, to the last bits; the network sees each window once instead of once for each local speaker."""
    import torch

    assert embeddings.shares_frames(pipeline)
    file = {"waveform": torch.from_numpy(speech.samples.copy())[None], "sample_rate": SAMPLE_RATE, "uri": "call"}
    segmentations = pipeline.get_segmentations(file)
    total, _, speakers = segmentations.data.shape
    stock = type(pipeline).get_embeddings
    results, seen, reached = [], [], list[tuple[int, int]]()
    for get in (stock, embeddings.get_embeddings):
        windows_seen.clear()
        hook = lambda step, artifact, total, completed, **_: reached.append((completed, total))  # noqa: E731
        results.append(get(pipeline, file, segmentations, exclude_overlap, hook))
        seen.append(sum(windows_seen))
    pyannotes, ours = results
    assert ours.shape == pyannotes.shape == (total, speakers, 256)
    assert np.array_equal(np.isnan(ours), np.isnan(pyannotes))
    assert np.nanmax(np.abs(ours - pyannotes)) < 1e-4 * np.nanmax(np.abs(pyannotes))
    assert (total, seen) == (3, [total * speakers, total])
    assert reached[-3:] == [(0, 2), (1, 2), (2, 2)]


class Network:
    """The parts of a WeSpeaker: frames are the audio's first samples, and an embedding is their sum under the mask."""

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []

    def forward_frames(self, waveforms: Any) -> Any:
        self.shapes.append(tuple(waveforms.shape))
        return waveforms[:, 0, :4]

    def forward_embedding(self, frames: Any, weights: Any) -> Any:
        return (frames[:, None, :] * weights).sum(dim=-1, keepdim=True)


@pytest.mark.parametrize(
    ("device", "batches"), [("cuda", [(8, 1, 400), (8, 1, 400)]), ("cpu", [(8, 1, 400), (3, 1, 400)])]
)
def test_get_embeddings_on_a_gpu_fills_the_last_batch_up(
    device: str, batches: list[tuple[int, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every batch there has the same shape, for which memory is planned; the result has only what there is."""
    import torch

    monkeypatch.setattr(torch.Tensor, "to", lambda tensor, where: tensor)  # there is no such device here
    network, windows = Network(), 11
    samples = torch.arange(1.0, windows + 1)[:, None].expand(windows, 400)
    pipeline = SimpleNamespace(
        embedding_batch_size=8,
        _embedding=SimpleNamespace(device=torch.device(device), model_=network, min_num_samples=1, sample_rate=100),
        _audio=SimpleNamespace(crop=lambda file, window, mode: (samples[window][None], 100)),
    )
    times: Any = SimpleNamespace(duration=4.0)
    segmentations = SimpleNamespace(data=np.ones((windows, 4, 2), np.float32), sliding_window=_Windows(times))
    found = embeddings.get_embeddings(pipeline, {}, segmentations)
    assert network.shapes == batches
    assert found[:, :, 0].tolist() == [[4.0 * number] * 2 for number in range(1, windows + 1)]


class _Windows:
    """Windows that are known by their numbers."""

    def __init__(self, times: Any) -> None:
        self.duration = times.duration

    def __getitem__(self, number: int) -> int:
        return number
