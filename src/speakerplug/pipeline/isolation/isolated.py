"""A recognizer and a diarizer that do their work in a child process."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ...devices import DeviceManager, DeviceState, MemoryEstimate, ModelHandle, ModelHandleBase, Placement
from ...devices.device import MB
from ...plugin.roles import DiarizationRequest, Diarizer, Recognition, RecognitionRequest, Recognizer
from ...system.progress import Progress
from ...transcript import Diarization
from ...waveform import Waveform
from .child import Make
from .process import Child

CONTEXT_BYTES = 500 * MB
"""What a process takes of a GPU before it has loaded anything: a generous guess."""


class IsolatedModel(ModelHandleBase):
    """What a stage says of its own model, `inner`, loaded in a child, whose end frees everything."""

    def __init__(self, inner: ModelHandle, start: Callable[[], Child]) -> None:
        self.key = "isolated", inner.key  # not the same model as the one in this process
        self.stage, self.engine, self.kinds = inner.stage, inner.engine, inner.kinds
        self._inner, self._start = inner, start

    def sizes_on(self, kind: str) -> tuple[int, ...]:
        """Return the inner one's."""
        return self._inner.sizes_on(kind)

    def compute_types(self, state: DeviceState) -> tuple[str, ...]:
        """Return the inner one's."""
        return self._inner.compute_types(state)

    def need(self, kind: str, compute_type: str, batch_size: int) -> MemoryEstimate:
        """Return the inner one's, and on a GPU what a process takes."""
        need = self._inner.need(kind, compute_type, batch_size)
        return MemoryEstimate(need.weights_bytes + (CONTEXT_BYTES if kind == "cuda" else 0), need.working_bytes)

    def load(self, placement: Placement) -> Child:
        """Start a child and have it load the model."""
        child = self._start()
        try:
            child.load(placement)
        except BaseException:
            child.end()
            raise
        return child

    def unload(self, model: Child) -> None:
        """End the child."""
        model.end()


class _Unloaded(ModelHandleBase):
    """What to plan with for a stage that holds nothing: a process, all the same."""

    def __init__(self, stage: str, name: str) -> None:
        self.key, self.stage = name, stage

    def load(self, placement: Placement) -> None:
        """Nothing is loaded."""

    def unload(self, model: Any) -> None:
        """Nothing was."""


class _Isolated:
    """`stage` is the same in this process: it finds and fetches, and says what is needed; `make` builds it there."""

    role, method = "", ""

    def __init__(self, stage: Recognizer | Diarizer, make: Make) -> None:
        self.name = stage.name
        self._stage, self._make = stage, make

    def prepare(self, devices: DeviceManager, progress: Progress) -> IsolatedModel:
        """Find or fetch what is needed, in this process."""
        inner: ModelHandle = self._stage.prepare(devices, progress) or _Unloaded(self.role, self.name)
        return IsolatedModel(inner, partial(Child, self._make, self.method, self.role))

    def _work(self, waveform: Waveform, request: Any, devices: DeviceManager, progress: Progress) -> Any:
        handle = self.prepare(devices, progress)
        return devices.run(handle, lambda lease: lease.model.work(waveform, request, lease.placement, progress))


class IsolatedRecognizer(_Isolated):
    """Recognizes in a process of its own."""

    role, method = "recognizer", "recognize"

    def recognize(
        self, waveform: Waveform, request: RecognitionRequest, devices: DeviceManager, progress: Progress
    ) -> Recognition:
        """Return the words of `waveform`, as the child recognizes them."""
        recognition: Recognition = self._work(waveform, request, devices, progress)
        return recognition


class IsolatedDiarizer(_Isolated):
    """Diarizes in a process of its own."""

    role, method = "diarizer", "diarize"

    def diarize(
        self, waveform: Waveform, request: DiarizationRequest, devices: DeviceManager, progress: Progress
    ) -> Diarization:
        """Return the regular and exclusive turns of `waveform`, as the child finds them."""
        diarization: Diarization = self._work(waveform, request, devices, progress)
        return diarization
