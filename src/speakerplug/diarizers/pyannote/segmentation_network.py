"""The segmentation network of a pyannote pipeline, as the engine of one pass needs it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from ...media.waveform import Samples
from ..single_pass import FrameGrid, Masks


class PipelineSegmentation:
    """The segmentation of a `SpeakerDiarization`: its windows, its step, and its threshold where it has one."""

    def __init__(self, pipeline: Any) -> None:
        self._inference = pipeline._segmentation
        powerset = self._inference.model.specifications.powerset
        self._threshold = 0.5 if powerset else float(pipeline.segmentation.threshold)

    def grid(self, step_s: float | None) -> FrameGrid:
        """Return the geometry of its windows and frames; None is the step of the pipeline."""
        model, duration = self._inference.model, self._inference.duration
        frames, field = model.num_frames(model.audio.get_num_samples(duration)), model.receptive_field
        return FrameGrid(duration, step_s or self._inference.step, frames, field.step, field.duration)

    @torch.inference_mode()
    def __call__(self, windows: Sequence[Samples]) -> list[Masks]:
        """Return the activity of the local speakers in each window, (frames, local speakers)."""
        waveforms = torch.from_numpy(np.stack(windows)[:, None]).to(self._inference.device)
        # Not its `infer`, which keeps results in an arena that is for one thread only.
        scores = self._inference.conversion(self._inference.model(waveforms))
        return list((scores > self._threshold).to(torch.uint8).cpu().numpy())
