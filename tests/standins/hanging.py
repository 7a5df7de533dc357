"""The command in a process of its own, with a recognizer that has recognized words and something that then hangs.

Run as a script: the kind of hang, then the arguments of `speakerplug`. "hanging" is printed when it does.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import time
from typing import Any

import speakerplug.plugin.manager
from speakerplug import hookimpl
from speakerplug.cli import run
from speakerplug.devices import ModelHandleBase
from speakerplug.testing import FakeDiarizer, FakeRecognizer, plugins_with, turns, words


class Held(ModelHandleBase):
    """A model handle, which makes stages run concurrently."""

    key = stage = "held"

    def load(self, placement: Any) -> str:
        """Load a placeholder."""
        return "model"

    def unload(self, model: Any) -> None:
        """Do nothing."""


def announce() -> None:
    """Print that the hang has begun, so that the signal can be sent."""
    os.write(1, b"hanging\n")


def sleep(progress: Any = None) -> None:
    """Hang as a request without a timeout."""
    announce()
    time.sleep(600)


def spin(progress: Any = None) -> None:
    """Hang as an endless loop."""
    announce()
    while True:
        pass


def natively(progress: Any = None) -> None:
    """Hang as a call into a library that never returns: no exception reaches it."""
    announce()
    ctypes.CDLL(None).sleep(600)


def stubbornly(progress: Any = None) -> None:
    """Hang as a loop that takes every error for a transient one."""
    announce()
    while True:
        with contextlib.suppress(BaseException):
            time.sleep(600)


def politely(progress: Any) -> None:
    """Hang as a diarizer that reports progress."""
    announce()
    while True:
        time.sleep(0.05)
        progress("segmentation", 0, 1)


HANGS = {hang.__name__: hang for hang in (sleep, spin, natively, stubbornly, politely)}


class Hanging(FakeDiarizer):
    """A diarizer that hangs; with `concurrent` it has a model handle, so that both stages run concurrently."""

    def __init__(self, hang: Any, concurrent: bool) -> None:
        super().__init__(turns((0.0, 1.0, "SPEAKER_00")))
        self._hang, self._concurrent = hang, concurrent

    def prepare(self, devices: Any, progress: Any) -> Any:
        """Return a handle if it runs concurrently."""
        return Held() if self._concurrent else None

    def diarize(self, waveform: Any, request: Any, devices: Any, progress: Any) -> Any:
        """Hang, with the device held as by real diarizers."""
        if not self._concurrent:
            return self._hang(progress)
        time.sleep(0.3)  # the words are recognized by then
        with devices.hold(Held()):
            return self._hang(progress)


class Hooks:
    """A plugin one of whose hooks hangs."""

    def __init__(self, hang: Any) -> None:
        self.hang = hang


class InTurns(Hooks):
    @hookimpl
    def modify_diarization(self, diarization: Any) -> None:
        """Hang."""
        self.hang()


class InWords(Hooks):
    @hookimpl
    def modify_words(self, words: Any) -> None:
        """Hang."""
        self.hang()


class InProgress(Hooks):
    @hookimpl
    def report(self, event: Any) -> None:
        """Hang at the first step of the diarization."""
        if event.stage == "diarization" and event.step:
            self.hang()


HOOKS = {"turns": InTurns, "words": InWords, "progress": InProgress}


def main(where: str, how: str) -> None:
    """Run the command line with a hang of kind `how` in `where`."""
    hang = HANGS[how]
    diarizer: FakeDiarizer = FakeDiarizer(turns((0.0, 1.0, "SPEAKER_00")))
    extra = {"hanging": HOOKS[where](hang)} if where in HOOKS else {}
    if where in ("beside", "after"):
        diarizer = Hanging(hang, concurrent=where == "beside")
    recognizer = FakeRecognizer(words(("Hello", 0.1, 0.4), ("there.", 0.5, 0.9)))
    plugins = plugins_with(extra, recognizer=recognizer, diarizer=diarizer)
    speakerplug.plugin.manager.load_plugins = lambda: plugins
    run()


if __name__ == "__main__":
    where, _, how = sys.argv.pop(1).partition("-")
    main(where, how)
