"""One embedding for each part of a segment, whichever window contains it, with a fake embedding network."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from pyannote.core import SlidingWindow, SlidingWindowFeature

from speakerplug.diarizers.single_pass.speaker_change import RunningSums
from speakerplug_bundled.diarization import SegmentwiseDiarization

FRAMES = 100
"""Of a window of ten seconds."""


class Network:
    """An embedding network whose features are the samples themselves; counts the segments that it embeds."""

    def __init__(self) -> None:
        self.segments = 0

    def running_sums(self, waveforms: Any, weights: Any) -> list[RunningSums | None]:
        """Return the running sums of the samples that the weights keep, one for each frame."""
        self.segments += len(weights)
        found: list[RunningSums | None] = []
        for waveform, weight in zip(waveforms[:, 0].numpy(), weights.numpy(), strict=True):
            frames = np.flatnonzero(weight > 0.5)
            features = np.repeat(np.stack([waveform == 1, waveform == 2])[:, frames].astype(float), 5, axis=1)
            found.append(RunningSums.of(features, np.repeat(frames, 5)) if len(frames) > 5 else None)
        return found

    def embed(self, statistics: Any) -> Any:
        """Return the means."""
        return statistics[:, :2]


def pipeline(network: Network, speakers: Any) -> Any:
    """Return the methods under test on a plain object, for a recording with these speakers (1, 2) in each frame."""
    methods = ("get_embeddings", "_parts", "running_sums")
    plain = type("Plain", (), {name: vars(SegmentwiseDiarization)[name] for name in methods})()
    plain.training, plain.embedding_batch_size = False, 2
    plain.changes = {"distance": 0.5, "shortest": 0.8}
    plain._embedding = SimpleNamespace(dimension=2, model_=network)
    samples = torch.tensor(speakers, dtype=torch.float32)[None]

    def crop(file: Any, window: Any, mode: str) -> tuple[Any, int]:
        first = round(window.start * 10)
        return samples[:, first : first + FRAMES], 10

    plain._audio = SimpleNamespace(crop=crop)
    return plain


def windows(*tracks: tuple[int, int, int]) -> SlidingWindowFeature:
    """Return two windows, five seconds apart, with a track in (window, first frame, last frame)."""
    data = np.zeros((2, FRAMES, 2), dtype=np.uint8)
    for window, first, last in tracks:
        data[window, first:last, 0] = 1
    return SlidingWindowFeature(data, SlidingWindow(duration=10.0, step=5.0))


@pytest.mark.parametrize("exclude_overlap", [True, False])
def test_get_embeddings_cuts_a_segment_where_the_speaker_changes(exclude_overlap: bool) -> None:
    """Both windows contain the segment, which is embedded once; its two parts have the same numbers in both."""
    network, found = Network(), windows((0, 60, 90), (1, 10, 40))
    progress: list[tuple[int, int]] = []

    def hook(name: str, artifact: Any, total: int = 0, completed: int = 0) -> None:
        if name == "embeddings":
            progress.append((completed, total))

    speakers = [0] * 60 + [1] * 15 + [2] * 15 + [0] * 60
    embeddings = pipeline(network, speakers).get_embeddings({}, found, exclude_overlap, hook)
    assert network.segments == 1
    assert progress == [(0, 1), (1, 1)]
    assert found.data[0, 60:90].argmax(axis=1).tolist() == [0] * 15 + [1] * 15
    assert np.array_equal(found.data[0, 60:90], found.data[1, 10:40])
    assert np.array_equal(embeddings[0], np.eye(2))
    assert np.array_equal(embeddings[0], embeddings[1])


def test_get_embeddings_of_too_little_speech_is_nan() -> None:
    """Three frames are too few, and silence has no segment."""
    network = Network()
    embeddings = pipeline(network, [1] * 150).get_embeddings({}, windows((0, 30, 33)))
    assert network.segments == 1
    assert np.isnan(embeddings).all()


def test_running_sums_in_training_come_from_the_cache() -> None:
    """Tuning embeds each recording once."""
    plain = pipeline(Network(), [1] * 150)
    plain.training = True
    cached = {"training_cache/running_sums": {(0, 1): "sums"}}
    assert plain.running_sums(cached, windows(), np.array([[0, 1]]), True) == ["sums"]
