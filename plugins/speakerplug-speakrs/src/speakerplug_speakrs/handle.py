"""The handle with which the device manager loads a pipeline of speakrs."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from speakerplug.plugin import MemoryEstimate, ModelHandleBase, Placement

from .errors import engine_errors
from .wheel import imported

MB = 1 << 20
TURING = (7, 5)
"""Compute capability of the oldest GPUs that speakrs has kernels for."""


@dataclass(frozen=True, slots=True)
class SpeakrsHandle(ModelHandleBase):
    """A pipeline with the models in `folder`; if `fast`, windows on a GPU are two seconds apart instead of one.

    speakrs computes with as many threads as there are cores, and on the first GPU: its interface takes neither. It
    needs no torch, but the device manager knows GPUs by what torch can compute on them.
    """

    folder: Path
    fast: bool = False

    stage = "diarizer"
    engine = "torch"
    kinds = ("cuda", "cpu")

    @property
    def key(self) -> Hashable:
        """Equal for equal models and steps."""
        return ("speakrs", str(self.folder), self.fast)

    def compute_types(self, state: Any) -> tuple[str, ...]:
        """Return float32 on the CPU and on the first GPU, if that is new enough and the wheel is made for CUDA."""
        device = state.device
        if device.kind == "cuda":
            is_usable = device.index == 0 and state.capability is not None and state.capability >= TURING
            if not is_usable or "CUDA" not in imported().available_modes():
                return ()
        return ModelHandleBase.compute_types(self, state)

    def need(self, kind: str, compute_type: str, batch_size: int) -> MemoryEstimate:
        """Return the memory: measured on the CPU (218 MB in all); on a GPU, estimated from the layers of its batches.

        32 windows of ten seconds in the first stage of ResNet34 are 312 MB for each of four buffers, beside a context.
        """
        return MemoryEstimate(100 * MB, 200 * MB if kind == "cpu" else 2000 * MB)

    def load(self, placement: Placement) -> Any:
        """Load the pipeline from the folder; nothing is downloaded. Raises EngineError."""
        speakrs, mode = imported(), self.mode(placement)
        with engine_errors(speakrs):
            return speakrs.Pipeline.from_prepared(speakrs.prepare(mode, model_dir=self.folder), mode)

    def unload(self, model: Any) -> None:
        """Do nothing: a pipeline frees what it holds when the manager drops it."""

    def mode(self, placement: Placement) -> str:
        """Return the mode of speakrs for a placement."""
        if placement.device.kind == "cpu":
            return "CPU"
        return "CUDAFast" if self.fast else "CUDA"
