"""A recognizer and a diarizer that run in a child process."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ...devices import DeviceManager, DeviceState, MemoryEstimate, ModelHandle, ModelHandleBase, Placement
from ...devices.device import MB
from ...media.waveform import Waveform
from ...plugin.roles import DiarizationRequest, Diarizer, Recognition, RecognitionRequest, Recognizer
from ...system.progress import Progress
from ...transcript import Diarization
from .child import Make
from .process import Child

CONTEXT_BYTES = 500 * MB
"""GPU memory of a process that has loaded nothing yet: a generous estimate."""


class IsolatedModel(ModelHandleBase):
    """The handle of a stage's own model, `inner`, loaded in a child process, whose exit frees all memory."""

    is_in_process = False

    def __init__(self, inner: ModelHandle, start: Callable[[], Child]) -> None:
        self.key = "isolated", inner.key  # a separate model from one in this process
        self.stage, self.engine, self.kinds = inner.stage, inner.engine, inner.kinds
        self._inner, self._start = inner, start

    def sizes_on(self, kind: str) -> tuple[int, ...]:
        """Return the batch sizes of the inner model."""
        return self._inner.sizes_on(kind)

    def compute_types(self, state: DeviceState) -> tuple[str, ...]:
        """Return the compute types of the inner model."""
        return self._inner.compute_types(state)

    def need(self, kind: str, compute_type: str, batch_size: int) -> MemoryEstimate:
        """Return the memory estimate of the inner model, plus that of a process on a GPU."""
        need = self._inner.need(kind, compute_type, batch_size)
        return MemoryEstimate(need.weights_bytes + (CONTEXT_BYTES if kind == "cuda" else 0), need.working_bytes)

    def load(self, placement: Placement) -> Child:
        """Start a child process that loads the model."""
        child = self._start()
        try:
            child.load(placement)
        except BaseException:
            child.end()
            raise
        return child

    def unload(self, model: Child) -> None:
        """End the child process."""
        model.end()


class _Unloaded(ModelHandleBase):
    """The handle for a stage without a model, which still needs a process."""

    def __init__(self, stage: str, name: str) -> None:
        self.key, self.stage = name, stage

    def load(self, placement: Placement) -> None:
        """Load nothing."""

    def unload(self, model: Any) -> None:
        """Unload nothing."""


class _Isolated:
    """A stage in a child: `stage`, in this process, fetches and estimates; `make` builds the same in the child."""

    role, method = "", ""

    def __init__(self, stage: Recognizer | Diarizer, make: Make) -> None:
        self.name = stage.name
        self._stage, self._make = stage, make

    def prepare(self, devices: DeviceManager, progress: Progress) -> IsolatedModel:
        """Find or fetch what the stage needs, in this process."""
        inner: ModelHandle = self._stage.prepare(devices, progress) or _Unloaded(self.role, self.name)
        return IsolatedModel(inner, partial(Child, self._make, self.method, self.role))

    def _work(self, waveform: Waveform, request: Any, devices: DeviceManager, progress: Progress) -> Any:
        handle = self.prepare(devices, progress)
        return devices.run(handle, lambda lease: lease.model.work(waveform, request, lease.placement, progress))


class IsolatedRecognizer(_Isolated):
    """Recognize in a child process."""

    role, method = "recognizer", "recognize"

    def recognize(
        self, waveform: Waveform, request: RecognitionRequest, devices: DeviceManager, progress: Progress
    ) -> Recognition:
        """Return the words of `waveform`, recognized by the child."""
        recognition: Recognition = self._work(waveform, request, devices, progress)
        return recognition


class IsolatedDiarizer(_Isolated):
    """Diarize in a child process."""

    role, method = "diarizer", "diarize"

    def diarize(
        self, waveform: Waveform, request: DiarizationRequest, devices: DeviceManager, progress: Progress
    ) -> Diarization:
        """Return the regular and exclusive turns of `waveform`, found by the child."""
        diarization: Diarization = self._work(waveform, request, devices, progress)
        return diarization
