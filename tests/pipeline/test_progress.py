"""The seconds of each stage and step of a recording are measured."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import speakerplug
from speakerplug.pipeline.progress import Run, Timings
from speakerplug.plugin.manager import Plugins
from speakerplug.plugin.roles import Recognition
from speakerplug.system.progress import ProgressEvent
from speakerplug.testing import FakeDiarizer, FakeRecognizer, plugins_with, silence, turns, words


class Clock:
    """A clock that is set manually."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def started(stage: str) -> ProgressEvent:
    return ProgressEvent("talk.mp4", stage)


def at(stage: str, step: str, completed: float, total: float) -> ProgressEvent:
    return ProgressEvent("talk.mp4", stage, step, completed, total)


def ended(stage: str, seconds: float) -> ProgressEvent:
    return ProgressEvent("talk.mp4", stage, completed=1.0, seconds=seconds)


def timings_of(events: list[tuple[float, ProgressEvent]], until: float) -> dict[str, float]:
    """Return the seconds after (time, event) pairs and at `until`."""
    clock = Clock()
    timings = Timings(clock)
    for now, event in events:
        clock.now = now
        timings.report(event)
    clock.now = until
    return dict(timings.seconds)


def test_timings_of_stages_and_steps_add_up() -> None:
    """Time before a step counts for its stage; a step that only reports its end gets the time before; loads add up."""
    events = [
        (0.0, started("loading")),
        (1.0, ended("loading", 1.0)),
        (1.0, started("loading")),
        (2.0, ended("loading", 1.0)),
        (2.0, started("diarization")),
        (3.0, at("diarization", "segmentation", 0, 2)),
        (4.0, at("diarization", "segmentation", 1, 2)),
        (6.0, at("diarization", "segmentation", 2, 2)),
        (6.5, at("diarization", "counting", 1, 1)),
        (7.0, ended("diarization", 5.0)),
    ]
    assert timings_of(events, until=8.0) == {
        "total": 8.0,
        "loading": 2.0,
        "diarization": 5.0,
        "diarization: segmentation": 3.0,
        "diarization: counting": 0.5,
        "other": 1.0,
        "parallel": 0.0,
    }


def test_timings_of_stages_in_parallel_tell_how_long_they_were() -> None:
    """Seconds in which two stages ran are counted once more, as parallel; those in which none ran are other."""
    events = [
        (1.0, started("recognition")),
        (2.0, started("diarization")),
        (5.0, ended("recognition", 4.0)),
        (6.0, ended("diarization", 4.0)),
    ]
    assert timings_of(events, until=6.5) == {
        "total": 6.5,
        "recognition": 4.0,
        "diarization": 4.0,
        "other": 1.5,
        "parallel": 3.0,
    }
    assert timings_of(events[:3], until=7.0)["parallel"] == 3.0
    assert timings_of(events[:2], until=7.0)["parallel"] == 5.0


def test_run_stage_in_two_threads_is_reported_once() -> None:
    """Its first start and its last end count; each thread has the time of its own steps."""
    recorded: list[ProgressEvent] = []
    run = Run("talk.mp4", fakes(), recorded.append, timings=True)
    inside, leave = threading.Event(), threading.Event()

    def other() -> None:
        with run.stage("loading") as progress:
            progress("diarizer", 0, 1)
            inside.set()
            assert leave.wait(30)
            time.sleep(0.02)
            progress("diarizer", 1, 1)

    with run.stage("loading") as progress:
        thread = threading.Thread(target=other)
        thread.start()
        assert inside.wait(30)
        progress("recognizer", 0, 1)
        progress("recognizer", 1, 1)
    leave.set()
    thread.join()
    assert [event.step for event in recorded if not event.step] == ["", ""]
    assert (recorded[0].started, recorded[-1].finished) == (True, True)
    seconds = run.seconds
    assert seconds is not None
    assert seconds["loading: recognizer"] < 0.02 <= seconds["loading: diarizer"] <= seconds["loading"]


def test_timings_of_a_step_named_like_its_stage_are_listed_once() -> None:
    """Recognition has no other steps."""
    events = [
        (0.0, started("recognition")),
        (2.0, at("recognition", "recognition", 1, 1)),
        (2.0, ended("recognition", 2.0)),
    ]
    assert timings_of(events, until=2.0) == {"total": 2.0, "recognition": 2.0, "other": 0.0, "parallel": 0.0}


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3), st.integers(0, 9)), max_size=20))
def test_timings_of_any_steps_do_not_exceed_their_stage(reports: list[tuple[str, int, int]]) -> None:
    """However steps report, no time is counted twice."""
    now = 0
    events = [(0, started("x"))]
    for step, completed, passed in reports:
        now += passed
        events.append((now, at("x", step, completed, 3)))
    events.append((now, ended("x", float(now))))
    seconds = timings_of(events, until=now)
    assert sum(spent for name, spent in seconds.items() if name.startswith("x: ")) <= seconds["x"] == now


def test_timings_of_two_threads_keep_all_reports() -> None:
    """Stages in two threads do not lose each other's reports."""
    timings = Timings()

    def stage(name: str) -> None:
        timings.report(started(name))
        for done in range(2000):
            timings.report(at(name, f"step {done % 7}", done, 2000))
        timings.report(ended(name, 1.0))

    threads = [threading.Thread(target=stage, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(timings.seconds) == 3 + 2 * 8


def fakes(recognizer: FakeRecognizer | None = None) -> Plugins:
    recognizer = recognizer or FakeRecognizer(words(("a", 0.0, 0.5)))
    return plugins_with(recognizer=recognizer, diarizer=FakeDiarizer(turns((0, 1, "SPEAKER_00"))))


def transcriber(plugins: Plugins | None = None, **options: Any) -> speakerplug.Transcriber:
    chosen = {"recognizer": "fake", "diarizer": "fake", "device": "cpu", **options}
    return speakerplug.Transcriber(plugins=plugins or fakes(), **chosen)


def test_transcribe_with_timings_has_those_of_each_recording() -> None:
    """Each recording has its own."""
    with transcriber(timings=True) as ready:
        first = ready.transcribe(silence(1.0)).provenance.timings
        second = ready.transcribe(silence(1.0)).provenance.timings
    assert first is not None
    assert second is not None
    stages = {"loading", "recognition", "diarization", "diarization: segmentation", "attribution"}
    assert first.keys() == second.keys() == {"total", *stages, "other", "parallel"}
    assert all(0 <= seconds <= first["total"] for seconds in first.values())


def test_transcribe_without_a_recognizer_times_only_the_diarization() -> None:
    """A transcript of turns alone has no recognition and no attribution in its timings."""
    with transcriber(timings=True, recognizer=None) as ready:
        transcript = ready.transcribe(silence(1.0))
    assert transcript.turns == turns((0, 1, "SPEAKER_00"))
    assert (transcript.words, transcript.provenance.recognizer) == ((), None)
    assert transcript.provenance.timings is not None
    stages = {"loading", "diarization", "diarization: segmentation"}
    assert transcript.provenance.timings.keys() == {"total", *stages, "other", "parallel"}


def test_transcribe_by_default_has_no_timings() -> None:
    """Nothing is measured unless requested."""
    with transcriber() as ready:
        assert ready.transcribe(silence(1.0)).provenance.timings is None


def test_transcribe_during_another_transcriber_keeps_timings_apart() -> None:
    """Each of two that share their plugins has its own timings."""

    class Interrupted(FakeRecognizer):
        """A recognizer during whose work another transcriber diarizes."""

        def recognize(self, waveform: Any, *asked: Any) -> Recognition:
            other.diarize(waveform)
            return super().recognize(waveform, *asked)

    plugins = fakes(Interrupted())
    with transcriber(plugins, timings=True) as other, transcriber(plugins, timings=True, diarizer=None) as one:
        timings = one.transcribe(silence(1.0)).provenance.timings
    assert timings is not None
    assert timings.keys() == {"total", "loading", "recognition", "attribution", "other", "parallel"}


def test_transcribe_two_recordings_concurrently_keeps_timings_apart() -> None:
    """Each recording has its own stages, steps and seconds."""
    meeting = threading.Barrier(2)

    class Meeting(FakeRecognizer):
        """A recognizer that waits until both recordings are there; the long one reports an additional step."""

        def recognize(self, waveform: Any, request: Any, devices: Any, progress: Any) -> Recognition:
            meeting.wait(timeout=30)
            if waveform.duration > 1:
                threading.Event().wait(0.3)
                progress("thinking", 1, 1)
            meeting.wait(timeout=30)
            return super().recognize(waveform, request, devices, progress)

    recognizer = Meeting(words(("a", 0.0, 0.5)))
    with transcriber(fakes(recognizer), timings=True, concurrency="on") as ready, ThreadPoolExecutor(2) as pool:
        long, short = pool.map(lambda seconds: ready.transcribe(silence(seconds)).provenance.timings, (2.0, 1.0))
    assert long is not None
    assert short is not None
    assert long.keys() - short.keys() == {"recognition: thinking"}
    assert 0.3 <= long["recognition: thinking"] <= long["recognition"] <= long["total"]


def test_options_without_recognizer_and_diarizer_are_refused() -> None:
    """One of them must be requested."""
    with pytest.raises(speakerplug.SpeakerPlugError, match="name a recognizer or a diarizer"):
        speakerplug.Options(recognizer=None, diarizer=None)
