"""Several diarizers are tried in the order in which they are named, and every change is said."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import pytest

from speakerplug import Transcriber, hookimpl
from speakerplug.devices import DeviceManager, ModelHandleBase, Placement
from speakerplug.diarizers.fallbacks import Fallbacks
from speakerplug.errors import ModelError, UsageError
from speakerplug.pipeline.build import make_diarizer
from speakerplug.pipeline.options import Options
from speakerplug.plugin.registrations import DiarizerRegistration
from speakerplug.plugin.roles import DiarizationRequest
from speakerplug.system.progress import Progress
from speakerplug.testing import FakeDiarizer, FakeRecognizer, plugins_with, silence, turns, words
from speakerplug.transcript import Diarization
from speakerplug.waveform import Waveform

WORDS = words(("hello", 0.1, 0.5))


class Damaged(ModelHandleBase):
    """A model that cannot be loaded."""

    key: Hashable = "damaged"
    stage = "diarizer"

    def load(self, placement: Placement) -> Any:
        """Say so."""
        raise ModelError("The weights are damaged; fetch them again.")

    def unload(self, model: Any) -> None:
        """It never was."""


@dataclass
class Broken:
    """A diarizer that fails `at` one of its steps."""

    at: str
    name: str = "broken"

    def prepare(self, devices: DeviceManager, progress: Progress) -> Damaged | None:
        """Fail while it is fetched, or have a model that fails while it is loaded."""
        if self.at == "fetch":
            raise ModelError("It is gated; accept its terms.")
        return Damaged() if self.at == "load" else None

    def diarize(
        self, waveform: Waveform, request: DiarizationRequest, devices: DeviceManager, progress: Progress
    ) -> Diarization:
        """Fail in the middle."""
        raise RuntimeError("segmentation exploded\nwith details")


class Offers:
    """One broken and one sound diarizer."""

    def __init__(self, at: str) -> None:
        self.at = at

    @hookimpl
    def register_diarizers(self, register: Callable[[DiarizerRegistration], None]) -> None:
        """Both of them."""
        register(DiarizerRegistration("broken", lambda settings: Broken(self.at)))
        sound = FakeDiarizer(turns((0.0, 1.0, "A")), name="sound")
        register(DiarizerRegistration("sound", lambda settings: sound))


def transcriber(diarizer: str, at: str = "fetch") -> Transcriber:
    """One that hears a word and tells speakers apart with `diarizer`."""
    plugins = plugins_with({"offers": Offers(at)}, recognizer=FakeRecognizer(WORDS))
    return Transcriber(recognizer="fake", diarizer=diarizer, plugins=plugins, devices=DeviceManager("cpu"))


@pytest.mark.parametrize("at", ["fetch", "load", "work"])
def test_the_next_one_is_taken_and_named(at: str, caplog: pytest.LogCaptureFixture) -> None:
    """Wherever the first fails, the second does its work; the transcript names the one that did."""
    caplog.set_level(logging.WARNING)
    with transcriber("broken, sound", at) as ready:
        for _ in range(2):
            transcript = ready.transcribe(silence())
            assert transcript.provenance.diarizer == "sound"
            assert [word.speaker for word in transcript.words] == ["A"]
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 1
    assert said[0].startswith("Diarizer broken cannot be used, so it is sound now: ")
    assert "\n" not in said[0]


def test_the_first_is_used_where_it_works(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is said then."""
    with transcriber("sound,broken") as ready:
        assert ready.transcribe(silence()).provenance.diarizer == "sound"
    assert not caplog.records


@pytest.mark.parametrize("at", ["fetch", "load"])
def test_the_last_one_has_the_last_word(at: str) -> None:
    """Where none works, it is the error of the last."""
    with transcriber("broken,broken", at) as ready, pytest.raises(ModelError, match=r"gated|damaged"):
        ready.transcribe(silence())


def test_a_name_that_means_nothing_is_refused_at_once() -> None:
    """Not after an hour, when the first has failed."""
    with transcriber("sound,unknown") as ready, pytest.raises(UsageError, match="no diarizer named 'unknown'"):
        ready.transcribe(silence())


def test_a_revision_is_for_those_on_the_hub() -> None:
    """In a list, the others are taken as they are; alone, such a one refuses it."""
    options = Options(diarizer="community-1,fake", revision="v1")
    chosen = make_diarizer(options, plugins_with())
    assert chosen.name == "community-1@v1"
    with pytest.raises(UsageError, match="has no revisions"):
        make_diarizer(replace(options, diarizer="fake"), plugins_with())


def test_give_up_of_two_threads_at_the_same_time_takes_one_step(caplog: pytest.LogCaptureFixture) -> None:
    """The first fails for both recordings of one Transcriber; both go on with the second, and it is said once."""
    meeting = threading.Barrier(2, timeout=30)

    class Failing(FakeDiarizer):
        def diarize(self, *asked: Any) -> Diarization:
            meeting.wait()
            raise ModelError("No ears.")

    several = Fallbacks([Failing(name="first"), FakeDiarizer(turns((0, 1, "A")), name="second"), FakeDiarizer()])

    def diarized(waveform: Waveform) -> Diarization:
        return several.diarize(waveform, DiarizationRequest(), DeviceManager("cpu"), lambda *_: None)

    with ThreadPoolExecutor(2) as pool:
        assert [found.speakers for found in pool.map(diarized, (silence(), silence()))] == [("A",), ("A",)]
    assert several.name == "second"
    assert len(caplog.records) == 1
