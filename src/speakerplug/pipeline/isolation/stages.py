"""A recognizer and a diarizer that do their work in a child process."""

from __future__ import annotations

from functools import partial
from typing import Any

from ...devices import DeviceManager, ModelHandle, ModelHandleBase, Placement
from ...plugin.roles import DiarizationRequest, Diarizer, Recognition, RecognitionRequest, Recognizer
from ...system.progress import Progress
from ...transcript import Diarization
from ...waveform import Waveform
from .child import Make
from .process import Child
from .resident import IsolatedResident


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

    def __init__(self, stage: Any, make: Make) -> None:
        self.name: str = stage.name
        self._stage, self._make = stage, make

    def prepare(self, devices: DeviceManager, progress: Progress) -> IsolatedResident:
        """Find or fetch what is needed, in this process."""
        inner: ModelHandle = self._stage.prepare(devices, progress) or _Unloaded(self.role, self.name)
        return IsolatedResident(inner, partial(Child, self._make, self.method, self.role))

    def _work(self, waveform: Waveform, request: Any, devices: DeviceManager, progress: Progress) -> Any:
        resident = self.prepare(devices, progress)
        return devices.run(resident, lambda lease: lease.model.work(waveform, request, lease.placement, progress))


class IsolatedRecognizer(_Isolated):
    """Recognizes in a process of its own."""

    role, method = "recognizer", "recognize"

    def __init__(self, recognizer: Recognizer, make: Make) -> None:
        super().__init__(recognizer, make)

    def recognize(
        self, waveform: Waveform, request: RecognitionRequest, devices: DeviceManager, progress: Progress
    ) -> Recognition:
        """The words of `waveform`, as the child hears them."""
        recognition: Recognition = self._work(waveform, request, devices, progress)
        return recognition


class IsolatedDiarizer(_Isolated):
    """Diarizes in a process of its own."""

    role, method = "diarizer", "diarize"

    def __init__(self, diarizer: Diarizer, make: Make) -> None:
        super().__init__(diarizer, make)

    def diarize(
        self, waveform: Waveform, request: DiarizationRequest, devices: DeviceManager, progress: Progress
    ) -> Diarization:
        """Regular and exclusive turns of `waveform`, as the child hears them."""
        diarization: Diarization = self._work(waveform, request, devices, progress)
        return diarization
