"""Decoding, loading and the work of both stages, in time: what runs in parallel, and what waits for what."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from speakerplug import Diarization, Transcriber
from speakerplug.devices import DeviceManager, ModelHandleBase, Placement
from speakerplug.errors import MediaError, ModelError
from speakerplug.media.recording import Recording
from speakerplug.plugin.roles import Recognition
from speakerplug.system.progress import Progress
from speakerplug.testing import FakeDiarizer, FakeRecognizer, plugins_with, silence, turns, words
from tests.media_files import babble, record

WORDS, TURNS = words(("hello", 0.1, 0.5)), turns((0, 1, "SPEAKER_00"))
TIMEOUT_S = 30


class Handle(ModelHandleBase):
    """A model whose loading does what the test wants."""

    def __init__(self, stage: str, loading: Callable[[], object]) -> None:
        self.stage, self._loading = stage, loading

    @property
    def key(self) -> Hashable:
        return self.stage

    def load(self, placement: Placement) -> Any:
        self._loading()
        return self

    def unload(self, model: Any) -> None: ...


@dataclass
class Meeting:
    """A recognizer and a diarizer with models; `log` lists what began and ended, in order."""

    load_recognizer: Callable[[], object] = lambda: None
    load_diarizer: Callable[[], object] = lambda: None
    recognizing: Callable[[], object] = lambda: None
    log: list[str] = field(default_factory=list)

    def transcriber(self, **options: Any) -> Transcriber:
        """Return a transcriber with both."""
        meeting = self

        class Recognizer(FakeRecognizer):
            def prepare(self, devices: DeviceManager, progress: Progress) -> Any:
                return Handle("recognizer", meeting.logged("load recognizer", meeting.load_recognizer))

            def recognize(self, waveform: Any, request: Any, devices: Any, progress: Any) -> Recognition:
                with devices.hold(self.prepare(devices, progress)):
                    meeting.logged("recognize", meeting.recognizing)()
                    progress("recognition", 1.0, 1.0)
                return super().recognize(waveform, request, devices, progress)

        class Diarizer(FakeDiarizer):
            def prepare(self, devices: DeviceManager, progress: Progress) -> Any:
                return Handle("diarizer", meeting.logged("load diarizer", meeting.load_diarizer))

            def diarize(self, waveform: Any, request: Any, devices: Any, progress: Any) -> Diarization:
                with devices.hold(self.prepare(devices, progress)):
                    meeting.logged("diarize", lambda: None)()
                return super().diarize(waveform, request, devices, progress)

        plugins = plugins_with(recognizer=Recognizer(WORDS), diarizer=Diarizer(TURNS))
        chosen = {"recognizer": "fake", "diarizer": "fake", "device": "cpu", **options}
        return Transcriber(plugins=plugins, **chosen)

    def logged(self, name: str, work: Callable[[], object]) -> Callable[[], None]:
        """Return `work`, whose start and end are logged."""

        def do() -> None:
            self.log.append(f"{name} begins")
            work()
            self.log.append(f"{name} ends")

        return do


def test_recognition_does_not_wait_until_the_diarizer_is_loaded() -> None:
    """The diarizer is loaded after the recognizer, and while that recognizes."""
    at_work = threading.Event()
    meeting = Meeting(load_diarizer=lambda: at_work.wait(TIMEOUT_S), recognizing=at_work.set)
    with meeting.transcriber(timings=True) as transcriber:
        transcript = transcriber.transcribe(silence(1.0))
    assert at_work.is_set()
    assert transcript.words[0].speaker == "SPEAKER_00"
    assert meeting.log.index("load recognizer ends") < meeting.log.index("load diarizer begins")
    timings = transcript.provenance.timings
    assert timings is not None
    assert {"loading: recognizer", "loading: diarizer"} <= timings.keys()


def test_second_recording_loads_nothing_again() -> None:
    """Both models are kept."""
    meeting = Meeting()
    with meeting.transcriber() as transcriber:
        for _ in range(2):
            transcriber.transcribe(silence(1.0))
    assert sorted(meeting.log) == sorted(
        f"{what} {when}"
        for what, times in (("load recognizer", 1), ("load diarizer", 1), ("recognize", 2), ("diarize", 2))
        for when in ("begins", "ends") * times
    )


def test_stages_that_take_turns_are_both_loaded_before_any_work() -> None:
    """A diarizer that cannot be loaded is known before the recognizer has worked for an hour."""
    meeting = Meeting()
    with meeting.transcriber(concurrency="off") as transcriber:
        transcriber.transcribe(silence(1.0))
    order = [entry.removesuffix(" begins") for entry in meeting.log if entry.endswith("begins")]
    assert order == ["load recognizer", "load diarizer", "recognize", "diarize"]


def test_diarizer_that_cannot_be_loaded_ends_the_recognition_at_once() -> None:
    """Its own error is raised, although recognition was at work, and was stopped."""
    failed, stages = threading.Event(), []

    def fail() -> None:
        raise ModelError("The weights are damaged; fetch them again.")

    def until_stopped() -> None:
        run = stages[0]._latest.run
        while not run.is_stopped:
            assert not failed.wait(0.01)

    meeting = Meeting(load_diarizer=fail, recognizing=until_stopped)
    with meeting.transcriber() as transcriber:
        stages.append(transcriber)
        with pytest.raises(ModelError, match="weights are damaged"):
            transcriber.transcribe(silence(1.0))
    assert "diarize begins" not in meeting.log


def test_recording_is_decoded_while_the_model_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each waits for the other to begin; with concurrency off the recording comes first."""
    path = record(tmp_path / "talk.wav", babble(1), codec="pcm_s16le")
    both = threading.Barrier(2, timeout=TIMEOUT_S)
    mono = Recording.mono

    def meeting_mono(self: Recording, *arguments: Any) -> Any:
        both.wait()
        return mono(self, *arguments)

    with Meeting(load_recognizer=both.wait).transcriber(diarizer=None) as transcriber:
        monkeypatch.setattr(Recording, "mono", meeting_mono)
        assert transcriber.transcribe(path).words
    monkeypatch.setattr(Recording, "mono", mono)
    with Meeting().transcriber(diarizer=None, concurrency="off") as transcriber:
        assert transcriber.transcribe(path).words


def test_error_of_the_recording_comes_before_that_of_a_model(tmp_path: Path) -> None:
    """Whichever fails first: a model can be fetched again only for a recording that can be read."""
    path = tmp_path / "talk.wav"
    record(path, babble(1), codec="pcm_s16le")

    def fail() -> None:
        raise ModelError("The weights are damaged; fetch them again.")

    def cut(self: Recording, *arguments: Any) -> Any:
        loaded.wait(TIMEOUT_S)
        raise MediaError("Nothing in it can be decoded.")

    loaded = threading.Event()
    with pytest.MonkeyPatch.context() as patch, Meeting(load_recognizer=fail).transcriber() as transcriber:
        patch.setattr(Recording, "mono", cut)
        threading.Timer(0.05, loaded.set).start()
        with pytest.raises(MediaError, match="Nothing in it"):
            transcriber.transcribe(path)
        patch.undo()
        with pytest.raises(ModelError, match="damaged"):
            transcriber.transcribe(path)
