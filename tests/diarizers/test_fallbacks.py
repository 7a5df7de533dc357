"""Several diarizers are tried in the order in which they are named, and every change is logged."""

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
from speakerplug.media.waveform import Waveform
from speakerplug.pipeline.build import make_diarizer
from speakerplug.pipeline.options import Options
from speakerplug.plugin.registrations import DiarizerRegistration
from speakerplug.plugin.roles import DiarizationRequest
from speakerplug.system.progress import Progress
from speakerplug.testing import FakeDiarizer, FakeRecognizer, plugins_with, silence, turns, words
from speakerplug.transcript import Diarization

WORDS = words(("hello", 0.1, 0.5))


class Damaged(ModelHandleBase):
    """A model that cannot be loaded."""

    key: Hashable = "damaged"
    stage = "diarizer"

    def load(self, placement: Placement) -> Any:
        """Raise."""
        raise ModelError("The weights are damaged; fetch them again.")

    def unload(self, model: Any) -> None:
        """Unload nothing."""


@dataclass
class Broken:
    """A diarizer that fails `at` one of its steps."""

    at: str
    name: str = "broken"

    def prepare(self, devices: DeviceManager, progress: Progress) -> Damaged | None:
        """Fail while fetching, or return a model that fails while it is loaded."""
        if self.at == "fetch":
            raise ModelError("It is gated; accept its terms.")
        return Damaged() if self.at == "load" else None

    def diarize(
        self, waveform: Waveform, request: DiarizationRequest, devices: DeviceManager, progress: Progress
    ) -> Diarization:
        """Fail during the work."""
        raise RuntimeError("segmentation exploded\nwith details")


class TwoDiarizers:
    """A plugin with a broken and a working diarizer."""

    def __init__(self, at: str) -> None:
        self.at = at

    @hookimpl
    def register_diarizers(self, register: Callable[[DiarizerRegistration], None]) -> None:
        """Register both."""
        register(DiarizerRegistration("broken", lambda settings: Broken(self.at)))
        working = FakeDiarizer(turns((0.0, 1.0, "A")), name="working")
        register(DiarizerRegistration("working", lambda settings: working))


def transcriber(diarizer: str, at: str = "fetch") -> Transcriber:
    """Return a transcriber that recognizes one word and uses `diarizer`."""
    plugins = plugins_with({"offers": TwoDiarizers(at)}, recognizer=FakeRecognizer(WORDS))
    return Transcriber(recognizer="fake", diarizer=diarizer, plugins=plugins, devices=DeviceManager("cpu"))


@pytest.mark.parametrize("at", ["fetch", "load", "work"])
def test_fallbacks_after_a_failure_use_the_next_one(at: str, caplog: pytest.LogCaptureFixture) -> None:
    """Wherever the first fails, the second does the work; the transcript names the one that did."""
    caplog.set_level(logging.WARNING)
    with transcriber("broken, working", at) as ready:
        for _ in range(2):
            transcript = ready.transcribe(silence())
            assert transcript.provenance.diarizer == "working"
            assert [word.speaker for word in transcript.words] == ["A"]
    messages = [record.getMessage() for record in caplog.records]
    assert len(messages) == 1
    assert messages[0].startswith("Diarizer broken failed, so working is used instead: ")
    assert "\n" not in messages[0]


def test_fallbacks_without_a_failure_use_the_first_one(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is logged then."""
    with transcriber("working,broken") as ready:
        assert ready.transcribe(silence()).provenance.diarizer == "working"
    assert not caplog.records


@pytest.mark.parametrize("at", ["fetch", "load"])
def test_fallbacks_that_all_fail_raise_the_last_error(at: str) -> None:
    """If none works, the error is that of the last one."""
    with transcriber("broken,broken", at) as ready, pytest.raises(ModelError, match=r"gated|damaged"):
        ready.transcribe(silence())


def test_fallbacks_with_an_unknown_name_are_refused_immediately() -> None:
    """The error does not come after an hour, when the first has failed."""
    with transcriber("working,unknown") as ready, pytest.raises(UsageError, match="no diarizer named 'unknown'"):
        ready.transcribe(silence())


def test_make_diarizer_with_a_revision_applies_it_to_hub_pipelines_only() -> None:
    """In a list, the others are used as they are; alone, such a diarizer refuses it."""
    options = Options(diarizer="community-1,fake", revision="v1")
    chosen = make_diarizer(options, plugins_with())
    assert chosen.name == "community-1@v1"
    with pytest.raises(UsageError, match="has no revisions"):
        make_diarizer(replace(options, diarizer="fake"), plugins_with())


def test_give_up_in_two_threads_skips_one_diarizer(caplog: pytest.LogCaptureFixture) -> None:
    """The first fails for both recordings of a Transcriber; both continue with the second, logged once."""
    meeting = threading.Barrier(2, timeout=30)

    class Failing(FakeDiarizer):
        def diarize(self, *asked: Any) -> Diarization:
            meeting.wait()
            raise ModelError("No weights.")

    several = Fallbacks([Failing(name="first"), FakeDiarizer(turns((0, 1, "A")), name="second"), FakeDiarizer()])

    def diarized(waveform: Waveform) -> Diarization:
        return several.diarize(waveform, DiarizationRequest(), DeviceManager("cpu"), lambda *_: None)

    with ThreadPoolExecutor(2) as pool:
        assert [found.speakers for found in pool.map(diarized, (silence(), silence()))] == [("A",), ("A",)]
    assert several.name == "second"
    assert len(caplog.records) == 1
