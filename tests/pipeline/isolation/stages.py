"""Diarizers for a child process to build: each does one thing there that the parent can observe."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from speakerplug.devices import DeviceManager, Lease, ModelHandleBase, Placement
from speakerplug.errors import ModelError
from speakerplug.media.waveform import Waveform
from speakerplug.plugin.roles import DiarizationRequest
from speakerplug.system.progress import Progress
from speakerplug.transcript import Diarization, Turn


class Model(ModelHandleBase):
    """A model that knows in which process it was loaded."""

    key: Hashable = "model"
    stage = "diarizer"
    batch_sizes = (8, 4, 2, 1)

    def load(self, placement: Placement) -> Any:
        """Return the id of the process."""
        return os.getpid()

    def unload(self, model: Any) -> None:
        """Unload nothing."""


@dataclass
class Diarizer:
    """A diarizer that answers with the speaker of its only turn; `behavior` is the method that it calls."""

    behavior: str
    name: str = "told"

    def prepare(self, devices: DeviceManager, progress: Progress) -> Model:
        """Return the handle of its model."""
        return Model()

    def diarize(
        self, waveform: Waveform, request: DiarizationRequest, devices: DeviceManager, progress: Progress
    ) -> Diarization:
        """Call the method with the leased model."""
        return devices.run(Model(), lambda lease: getattr(self, self.behavior)(waveform, lease, progress))

    def tell(self, waveform: Waveform, lease: Lease, progress: Progress) -> Diarization:
        """Answer with the sum of the samples, whether the process is that of the model, and the batch size."""
        progress("telling", 1.0, 2.0)
        logging.getLogger("speakerplug.told").info("from process %d", os.getpid())
        return _saying(f"{float(waveform.samples.sum()):g} {lease.model == os.getpid()} {lease.placement.batch_size}")

    def refuse(self, waveform: Waveform, lease: Lease, progress: Progress) -> Diarization:
        """Raise an error with a user-facing message."""
        raise ModelError("The weights are damaged; fetch them again.")

    def break_down(self, waveform: Waveform, lease: Lease, progress: Progress) -> Diarization:
        """Raise an unexpected error."""
        raise KeyError("surprise")

    def run_out(self, waveform: Waveform, lease: Lease, progress: Progress) -> Diarization:
        """Run out of memory with batches of more than two."""
        if lease.placement.batch_size > 2:
            raise RuntimeError("CUDA failed with error out of memory")
        return self.tell(waveform, lease, progress)

    def get_killed(self, waveform: Waveform, lease: Lease, progress: Progress) -> Diarization:
        """Be killed, as the kernel does when memory runs out, with batches of more than four."""
        if lease.placement.batch_size > 4:
            os.kill(os.getpid(), signal.SIGKILL)
        return self.tell(waveform, lease, progress)

    def die(self, waveform: Waveform, lease: Lease, progress: Progress) -> Diarization:
        """Exit without an answer."""
        os._exit(3)

    def leave(self, waveform: Waveform, lease: Lease, progress: Progress) -> Diarization:
        """Print, from Python and from a subprocess, and call sys.exit."""
        print("leaving")
        os.system("echo left")
        sys.exit(0)

    def hang(self, waveform: Waveform, lease: Lease, progress: Progress) -> Diarization:
        """Report once, then block for a minute."""
        progress("hanging", 0.0, 1.0)
        threading.Event().wait(60)
        raise AssertionError("it was not stopped")


def _saying(text: str) -> Diarization:
    turns = (Turn(0.0, 1.0, text),)
    return Diarization(turns, turns)


@dataclass
class Saving:
    """A diarizer that saves one record, and answers with those that it was given."""

    name: str = "saving"

    def prepare(self, devices: DeviceManager, progress: Progress) -> Model:
        """Return the handle of its model."""
        return Model()

    def diarize(
        self, waveform: Waveform, request: DiarizationRequest, devices: DeviceManager, progress: Progress
    ) -> Diarization:
        """Save how many records there were."""

        def work(lease: Lease) -> Diarization:
            """Use the checkpoint twice."""
            assert request.checkpoint is not None
            request.checkpoint.save({"before": len(request.checkpoint.saved())})
            return _saying(str(request.checkpoint.saved()))

        answer: Diarization = devices.run(Model(), work)
        return answer
