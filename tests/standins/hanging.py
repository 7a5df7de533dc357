"""The command in a process of its own, with a recognizer that has heard words and something that then hangs.

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
    """What makes a stage one that runs beside another."""

    key = stage = "held"

    def load(self, placement: Any) -> str:
        """Nothing much."""
        return "model"

    def unload(self, model: Any) -> None:
        """Nothing to do."""


def say() -> None:
    """Tell whoever sends the signal that it is time."""
    os.write(1, b"hanging\n")


def sleep(progress: Any = None) -> None:
    """As a request without a time limit does."""
    say()
    time.sleep(600)


def spin(progress: Any = None) -> None:
    """As an endless loop does."""
    say()
    while True:
        pass


def natively(progress: Any = None) -> None:
    """As a call into a library does that never comes back: no exception reaches it."""
    say()
    ctypes.CDLL(None).sleep(600)


def stubbornly(progress: Any = None) -> None:
    """As a loop does that takes every error for one that passes."""
    say()
    while True:
        with contextlib.suppress(BaseException):
            time.sleep(600)


def politely(progress: Any) -> None:
    """As a diarizer does that reports how far it is."""
    say()
    while True:
        time.sleep(0.05)
        progress("segmentation", 0, 1)


HANGS = {hang.__name__: hang for hang in (sleep, spin, natively, stubbornly, politely)}


class Hanging(FakeDiarizer):
    """A diarizer that hangs; `beside` the recognizer it holds something, so that both run at once."""

    def __init__(self, hang: Any, beside: bool) -> None:
        super().__init__(turns((0.0, 1.0, "SPEAKER_00")))
        self._hang, self._beside = hang, beside

    def prepare(self, devices: Any, progress: Any) -> Any:
        """What is held, if anything."""
        return Held() if self._beside else None

    def diarize(self, waveform: Any, request: Any, devices: Any, progress: Any) -> Any:
        """Hang, with the device held as the real ones do."""
        if not self._beside:
            return self._hang(progress)
        time.sleep(0.3)  # the words are heard by then
        with devices.hold(Held()):
            return self._hang(progress)


class Hooks:
    """A plugin one of whose hooks hangs."""

    def __init__(self, hang: Any) -> None:
        self.hang = hang


class InTurns(Hooks):
    @hookimpl
    def modify_diarization(self, diarization: Any) -> None:
        """Refine turns, for ever."""
        self.hang()


class InWords(Hooks):
    @hookimpl
    def modify_words(self, words: Any) -> None:
        """Refine words, for ever."""
        self.hang()


class InProgress(Hooks):
    @hookimpl
    def report(self, event: Any) -> None:
        """Hear of progress, and never come back."""
        if event.stage == "diarization" and event.step:
            self.hang()


HOOKS = {"turns": InTurns, "words": InWords, "progress": InProgress}


def main(where: str, how: str) -> None:
    """Run the command line with what hangs, there and so."""
    hang = HANGS[how]
    diarizer: FakeDiarizer = FakeDiarizer(turns((0.0, 1.0, "SPEAKER_00")))
    extra = {"hanging": HOOKS[where](hang)} if where in HOOKS else {}
    if where in ("beside", "after"):
        diarizer = Hanging(hang, beside=where == "beside")
    recognizer = FakeRecognizer(words(("Hello", 0.1, 0.4), ("there.", 0.5, 0.9)))
    plugins = plugins_with(extra, recognizer=recognizer, diarizer=diarizer)
    speakerplug.plugin.manager.load_plugins = lambda: plugins
    run()


if __name__ == "__main__":
    where, _, how = sys.argv.pop(1).partition("-")
    main(where, how)
