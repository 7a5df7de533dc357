"""The segmentation of a pipeline gives the engine what it gives pyannote: the same frames and local speakers."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from speakerplug.diarizers.pyannote.load import load_pipeline
from speakerplug.diarizers.pyannote.segmentation_network import PipelineSegmentation
from speakerplug.media.waveform import SAMPLE_RATE, Waveform


def pipeline_with(scores: Any, **specifications: Any) -> Any:
    """Return a pipeline whose network gives these scores, and whose conversion adds nothing."""
    import torch

    model = SimpleNamespace(specifications=SimpleNamespace(**specifications))
    inference = SimpleNamespace(
        model=lambda waveforms: torch.from_numpy(scores)[: len(waveforms)], conversion=lambda each: each, device="cpu"
    )
    inference.model.specifications = model.specifications
    return SimpleNamespace(_segmentation=inference, segmentation=SimpleNamespace(threshold=0.7))


@pytest.mark.parametrize(("powerset", "expected"), [(True, [[1, 1], [0, 0]]), (False, [[1, 0], [0, 0]])])
def test_activity_without_a_powerset_is_what_exceeds_the_threshold(powerset: bool, expected: list[list[int]]) -> None:
    """The pipeline's own; a powerset has been made zeros and ones."""
    scores = np.array([[[0.9, 0.6], [0.1, 0.2]]], np.float32)
    found = PipelineSegmentation(pipeline_with(scores, powerset=powerset))([np.zeros(4, np.float32)])
    assert [mask.tolist() for mask in found] == [expected]
    assert found[0].dtype == np.uint8


@pytest.mark.models
def test_activity_equals_that_of_pyannote(community: Path, call: Waveform) -> None:
    """In every frame of every window, with the grid of pyannote's frames and the pipeline's step."""
    import torch

    pipeline = load_pipeline(community / "config.yaml", "It", None, offline=True)
    network = PipelineSegmentation(pipeline)
    grid = network.grid(None)
    assert (grid.window_s, grid.step_s, grid.per_window) == (10.0, 1.0, 589)
    assert (grid.frame_step_s, grid.frame_s) == pytest.approx((270 / SAMPLE_RATE, 991 / SAMPLE_RATE))
    assert network.grid(2.5).step_s == 2.5
    file = {"waveform": torch.from_numpy(call.samples.copy())[None], "sample_rate": SAMPLE_RATE, "uri": "call"}
    pyannotes = pipeline.get_segmentations(file).data
    windows = [call.samples[first * SAMPLE_RATE : (first + 10) * SAMPLE_RATE] for first in range(2)]
    assert pyannotes.any()
    np.testing.assert_array_equal(np.stack(network(windows)), pyannotes)
