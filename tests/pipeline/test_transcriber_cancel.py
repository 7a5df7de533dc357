"""Concurrent calls of one Transcriber have separate progress, cancellation and partial results."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import speakerplug
from speakerplug import Cancelled, ModelError, ProgressEvent, Transcriber, UsageError
from speakerplug.pipeline.progress import name_of
from speakerplug.plugin import Recognition, RecognizerRegistration
from speakerplug.testing import FakeDiarizer, FakeRecognizer, plugins_with, silence, turns, words

pytestmark = pytest.mark.slow

WORDS = words(("hello", 0.1, 0.5), ("there", 0.6, 0.9))
TURNS = turns((0.0, 1.0, "A"))


def transcriber(recognizer: Any = None, diarizer: Any = None, **options: Any) -> Transcriber:
    stages = {"recognizer": recognizer or FakeRecognizer(WORDS), "diarizer": diarizer or FakeDiarizer(TURNS)}
    chosen = {"recognizer": "fake", "diarizer": "fake", "device": "cpu", **options}
    return Transcriber(plugins=plugins_with(**stages), **chosen)


class HangingDiarizer(FakeDiarizer):
    """Hang in the recording named "long.wav", without a report of progress, until `released`."""

    def __init__(self) -> None:
        super().__init__(TURNS)
        self.started, self.released = threading.Event(), threading.Event()

    def diarize(self, waveform: Any, *asked: Any) -> Any:
        if waveform.name == "long.wav":
            self.started.set()
            self.released.wait(30)
        return super().diarize(waveform, *asked)


def test_progress_of_concurrent_calls_gets_only_its_own_recording() -> None:
    """Each stage starts and ends once, with its steps in between."""
    names = [f"{number}.wav" for number in range(8)]
    received: dict[str, list[ProgressEvent]] = {name: [] for name in names}
    with transcriber() as ready, ThreadPoolExecutor(len(names)) as pool:
        for transcript in pool.map(lambda n: ready.transcribe(silence(1.0, n), progress=received[n].append), names):
            assert [word.speaker for word in transcript.words] == ["A", "A"]
    for name, events in received.items():
        assert {event.recording for event in events} == {name}
        diarization = [event for event in events if event.stage == "diarization"]
        assert [(event.step, event.started, event.finished) for event in diarization] == [
            ("", True, False),
            ("segmentation", False, False),
            ("segmentation", False, False),
            ("", False, True),
        ]
        assert all(0 <= event.seconds < 60 for event in events)


def test_transcribe_in_many_threads_builds_each_stage_once() -> None:
    """Calls that begin at the same time share one recognizer and one diarizer."""
    made: list[str] = []

    class SlowRegistration:
        """A recognizer that takes some time to build."""

        @speakerplug.hookimpl
        def register_recognizers(self, register: Any) -> None:
            def make(settings: Any) -> FakeRecognizer:
                made.append("recognizer")
                time.sleep(0.1)
                return FakeRecognizer(WORDS)

            register(RecognizerRegistration("slow", make))

    plugins = plugins_with({"offer": SlowRegistration()})
    with (
        Transcriber(plugins=plugins, recognizer="slow", diarizer=None, device="cpu") as ready,
        ThreadPoolExecutor(4) as pool,
    ):
        assert len(list(pool.map(ready.transcribe, map(silence, (1.0,) * 4)))) == 4
    assert made == ["recognizer"]


@pytest.mark.parametrize("concurrency", ["on", "off"])
def test_cancel_of_a_call_that_hangs_ends_it_soon_and_no_other(concurrency: str) -> None:
    """Its error has the recognized words, another call continues, and the next one succeeds."""
    diarizer, cancel = HangingDiarizer(), threading.Event()
    with transcriber(diarizer=diarizer, concurrency=concurrency) as ready, ThreadPoolExecutor(2) as pool:
        stopped = pool.submit(ready.transcribe, silence(2.0, "long.wav"), cancel=cancel)
        assert diarizer.started.wait(30)
        other = pool.submit(ready.transcribe, silence(1.0, "short.wav"), cancel=threading.Event())
        assert other.result(30).media.file == "short.wav"
        began = time.monotonic()
        cancel.set()
        error = stopped.exception(30)
        assert time.monotonic() - began < 2.0
        assert isinstance(error, Cancelled)
        assert error.partial.text == "hello there"
        assert error.partial.media.file == "long.wav"
        assert ready.transcribe(silence(1.0), cancel=threading.Event()).text == "hello there"
        diarizer.released.set()


def test_cancel_from_progress_ends_the_call_at_the_next_report() -> None:
    """Nothing is reported afterwards."""
    cancel, received = threading.Event(), []

    def note(event: ProgressEvent) -> None:
        received.append(event)
        if event.stage == "recognition" and event.step:
            cancel.set()

    with transcriber() as ready, pytest.raises(Cancelled, match=r"^Recognition was stopped\.$"):
        ready.transcribe(silence(), progress=note, cancel=cancel)
    count = len(received)
    time.sleep(0.1)
    assert (len(received), received[-1].stage, received[-1].finished) == (count, "recognition", True)


def test_call_that_is_cancelled_before_it_begins_does_nothing() -> None:
    """It does not even decode."""
    recognizer, cancel = FakeRecognizer(WORDS), threading.Event()
    cancel.set()
    for call in (speakerplug.transcribe, speakerplug.diarize):
        with pytest.raises(Cancelled):
            call(silence(), cancel=cancel, diarizer=FakeDiarizer(TURNS), device="cpu")
    with transcriber(recognizer) as ready, pytest.raises(Cancelled):
        ready.attribute(silence(), WORDS, cancel=cancel)
    assert recognizer.requests == []


def test_diarizing_that_is_cancelled_raises_when_its_result_is_requested() -> None:
    """The event is the one given to `diarizing`, which does not set it itself."""
    diarizer, cancel = HangingDiarizer(), threading.Event()
    with speakerplug.diarizing(silence(1.0, "long.wav"), cancel=cancel, diarizer=diarizer, device="cpu") as speakers:
        assert diarizer.started.wait(30)
        cancel.set()
        with pytest.raises(Cancelled):
            speakers.attribute(WORDS)
    diarizer.released.set()
    received: list[ProgressEvent] = []
    cancel = threading.Event()
    with speakerplug.diarizing(
        silence(), progress=received.append, cancel=cancel, diarizer=FakeDiarizer(TURNS), device="cpu"
    ) as speakers:
        assert [word.speaker for word in speakers.attribute(WORDS).words] == ["A", "A"]
    assert {event.stage for event in received} == {"loading", "diarization", "attribution"}
    assert not cancel.is_set()


def test_progress_that_fails_raises_a_usage_error() -> None:
    """It is the caller's own error, and no stage is blamed for it."""

    def fail(event: ProgressEvent) -> None:
        raise ZeroDivisionError("no bar")

    with transcriber() as ready, pytest.raises(UsageError, match=r"progress= failed \(ZeroDivisionError: no bar\)"):
        ready.transcribe(silence(), progress=fail)


def test_progress_that_raises_a_speakerplug_error_ends_the_call_with_it() -> None:
    """The caller gets that error unchanged."""

    def fail(event: ProgressEvent) -> None:
        raise ModelError("Enough.")

    with transcriber() as ready, pytest.raises(ModelError, match=r"^Enough\.$"):
        ready.transcribe(silence(), progress=fail)


def test_partial_of_two_concurrent_calls_has_their_own_words() -> None:
    """Each error has the words of its own recording."""
    meeting = threading.Barrier(2, timeout=30)

    class Named(FakeRecognizer):
        def recognize(self, waveform: Any, *asked: Any) -> Recognition:
            meeting.wait()
            return Recognition(words((waveform.name, 0.1, 0.5)), "en", "fake-model")

    class Failing(FakeDiarizer):
        def diarize(self, *asked: Any) -> Any:
            raise ModelError("No weights.")

    with transcriber(Named(), Failing(), concurrency="off") as ready, ThreadPoolExecutor(2) as pool:
        calls = {name: pool.submit(ready.transcribe, silence(1.0, name)) for name in ("a", "b")}
        for name, call in calls.items():
            error = call.exception(30)
            assert isinstance(error, ModelError)
            assert error.partial.text == name


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("talks/talk.mp4", "talks/talk.mp4"),
        (Path("talks", "talk.mp4"), str(Path("talks", "talk.mp4"))),
        (silence(name="talk.wav"), "talk.wav"),
        ([0.0, 0.1], ""),
    ],
)
def test_name_of_a_source_is_its_path_or_name(source: Any, name: str) -> None:
    """A path as it was given, the name of a waveform, nothing for samples."""
    assert name_of(source) == name


def test_exit_after_a_cancelled_call_waits_for_its_thread() -> None:
    """Otherwise native code in the thread would abort; it ends at its next report."""
    code = """
import threading, time, speakerplug
from speakerplug.testing import FakeDiarizer, silence
class Native(FakeDiarizer):
    def diarize(self, *asked):
        cancel.set()
        time.sleep(1.0)
        print("left")
        return super().diarize(*asked)
cancel = threading.Event()
try:
    speakerplug.diarize(silence(), cancel=cancel, diarizer=Native(), device="cpu")
except speakerplug.Cancelled:
    print("cancelled")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, ["cancelled", "left"], "")
