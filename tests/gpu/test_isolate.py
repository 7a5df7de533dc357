"""A child process whose GPU fails: the parent continues."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from speakerplug.devices import CPU, DeviceManager, Lease, MemoryEstimate, ModelHandleBase, Placement
from speakerplug.devices.device import MB
from speakerplug.media.waveform import Waveform
from speakerplug.pipeline.options import Options
from speakerplug.pipeline.transcriber import Transcriber
from speakerplug.plugin.manager import Plugins
from speakerplug.plugin.roles import DiarizationRequest
from speakerplug.system.progress import Progress
from speakerplug.transcript import Diarization, Turn

pytestmark = [pytest.mark.gpu, pytest.mark.usefixtures("torch_gpu")]


class Network(ModelHandleBase):
    """Eight numbers, wherever it is loaded."""

    key = "numbers"
    stage = "diarizer"

    def need(self, kind: str, compute_type: str, batch_size: int) -> MemoryEstimate:
        return MemoryEstimate(MB, MB)

    def load(self, placement: Placement) -> Any:
        import torch

        return torch.zeros(8, device=str(placement.device))

    def unload(self, model: Any) -> None:
        """The process ends."""


@dataclass
class AssertingDiarizer:
    """A diarizer that reads out of bounds on a GPU, which is a device-side assertion; on the CPU it succeeds."""

    name: str = "asserting"

    def prepare(self, devices: DeviceManager, progress: Progress) -> Network:
        return Network()

    def diarize(
        self, waveform: Waveform, request: DiarizationRequest, devices: DeviceManager, progress: Progress
    ) -> Diarization:
        return devices.run(Network(), _diarization)


def _diarization(lease: Lease) -> Diarization:
    if lease.device != CPU:
        import torch

        print(lease.model[torch.tensor([99], device=str(lease.device))].cpu())
    turn = Turn(0.0, 1.0, str(lease.device))
    return Diarization((turn,), (turn,))


def test_device_assert_in_child_ends_on_cpu_with_one_warning(
    caplog: pytest.LogCaptureFixture, figures: dict[str, Any]
) -> None:
    """The parent starts another child, for the CPU, with one warning, and its own GPU still works."""
    import torch

    options = Options(diarizer=AssertingDiarizer(), isolate=True)
    with (
        caplog.at_level(logging.WARNING),
        Transcriber(options, plugins=Plugins(), devices=DeviceManager(limits={})) as one,
    ):
        turns = [one.diarize(Waveform.of(np.ones(16000, np.float32))).turns for _ in range(2)]
    said = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    figures["said"] = said
    assert [turn.speaker for (turn,) in turns] == ["cpu", "cpu"]
    assert len(said) == 1
    assert float(torch.ones(4, device="cuda").sum()) == 4.0
