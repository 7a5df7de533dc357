"""Diarizers for a child process to build: each does one thing there that can be seen from here."""

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
from speakerplug.plugin.roles import DiarizationRequest
from speakerplug.system.progress import Progress
from speakerplug.transcript import Diarization, Turn
from speakerplug.waveform import Waveform


class Model(ModelHandleBase):
    """A model that says where it was loaded."""

    key: Hashable = "model"
    stage = "diarizer"
    batch_sizes = (8, 4, 2, 1)

    def load(self, placement: Placement) -> Any:
        """The process that has it."""
        return os.getpid()

    def unload(self, model: Any) -> None:
        """Nothing to do."""


@dataclass
class Diarizer:
    """Tells by its one turn what it met: `behavior` names what it does."""

    behavior: str
    name: str = "told"

    def prepare(self, devices: DeviceManager, progress: Progress) -> Model:
        """It has a model."""
        return Model()

    def diarize(
        self, waveform: Waveform, request: DiarizationRequest, devices: DeviceManager, progress: Progress
    ) -> Diarization:
        """Do what is to be done, with the leased model."""
        return devices.run(Model(), lambda lease: getattr(self, self.behavior)(waveform, lease, progress))

    def tell(self, waveform: Waveform, lease: Lease, progress: Progress) -> Diarization:
        """The sum of the samples, the process and the batch."""
        progress("telling", 1.0, 2.0)
        logging.getLogger("speakerplug.told").info("from process %d", os.getpid())
        return _said(f"{float(waveform.samples.sum()):g} {lease.model == os.getpid()} {lease.placement.batch_size}")

    def refuse(self, waveform: Waveform, lease: Lease, progress: Progress) -> Diarization:
        """Raise what is meant for the user."""
        raise ModelError("The weights are damaged; fetch them again.")

    def break_down(self, waveform: Waveform, lease: Lease, progress: Progress) -> Diarization:
        """Raise what is not."""
        raise KeyError("surprise")

    def run_out(self, waveform: Waveform, lease: Lease, progress: Progress) -> Diarization:
        """Run out of memory with more than two at once."""
        if lease.placement.batch_size > 2:
            raise RuntimeError("CUDA failed with error out of memory")
        return self.tell(waveform, lease, progress)

    def get_killed(self, waveform: Waveform, lease: Lease, progress: Progress) -> Diarization:
        """Be killed, as the kernel does when memory runs out, with more than four at once."""
        if lease.placement.batch_size > 4:
            os.kill(os.getpid(), signal.SIGKILL)
        return self.tell(waveform, lease, progress)

    def die(self, waveform: Waveform, lease: Lease, progress: Progress) -> Diarization:
        """End without a word."""
        os._exit(3)

    def leave(self, waveform: Waveform, lease: Lease, progress: Progress) -> Diarization:
        """Print, by Python and past it, and call what ends programs."""
        print("leaving")
        os.system("echo left")
        sys.exit(0)

    def hang(self, waveform: Waveform, lease: Lease, progress: Progress) -> Diarization:
        """Report once, then be busy for a minute."""
        progress("hanging", 0.0, 1.0)
        threading.Event().wait(60)
        raise AssertionError("nobody stopped it")


def _said(text: str) -> Diarization:
    turns = (Turn(0.0, 1.0, text),)
    return Diarization(turns, turns)
