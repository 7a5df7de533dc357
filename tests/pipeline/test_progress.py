"""Where the time of a recording goes."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import speakerplug
from speakerplug.pipeline.progress import Timings
from speakerplug.plugin.manager import Plugins
from speakerplug.plugin.roles import Recognition
from speakerplug.system.progress import ProgressEvent
from speakerplug.testing import FakeDiarizer, FakeRecognizer, plugins_with, silence, turns, words


class Clock:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def begun(stage: str) -> ProgressEvent:
    return ProgressEvent("talk.mp4", stage)


def at(stage: str, step: str, completed: float, total: float) -> ProgressEvent:
    return ProgressEvent("talk.mp4", stage, step, completed, total)


def ended(stage: str, seconds: float) -> ProgressEvent:
    return ProgressEvent("talk.mp4", stage, completed=1.0, seconds=seconds)


def profile_of(events: list[tuple[float, ProgressEvent]], until: float) -> dict[str, float]:
    """The seconds after (time, event) and `until`."""
    clock = Clock()
    profile = Timings(clock)
    for time, event in events:
        clock.now = time
        profile.report(event)
    clock.now = until
    return dict(profile.seconds)


def test_stages_and_steps() -> None:
    """Time before a step begins is its stage's; a step that tells only its end has what passed before; loads add up."""
    events = [
        (0.0, begun("loading")),
        (1.0, ended("loading", 1.0)),
        (1.0, begun("loading")),
        (2.0, ended("loading", 1.0)),
        (2.0, begun("diarization")),
        (3.0, at("diarization", "segmentation", 0, 2)),
        (4.0, at("diarization", "segmentation", 1, 2)),
        (6.0, at("diarization", "segmentation", 2, 2)),
        (6.5, at("diarization", "counting", 1, 1)),
        (7.0, ended("diarization", 5.0)),
    ]
    assert profile_of(events, until=8.0) == {
        "total": 8.0,
        "loading": 2.0,
        "diarization": 5.0,
        "diarization: segmentation": 3.0,
        "diarization: counting": 0.5,
    }


def test_a_step_of_the_stages_name_is_not_told_twice() -> None:
    """Recognition has no steps but itself."""
    events = [
        (0.0, begun("recognition")),
        (2.0, at("recognition", "recognition", 1, 1)),
        (2.0, ended("recognition", 2.0)),
    ]
    assert profile_of(events, until=2.0) == {"total": 2.0, "recognition": 2.0}


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3), st.integers(0, 9)), max_size=20))
def test_steps_are_no_longer_than_their_stage(reports: list[tuple[str, int, int]]) -> None:
    """However steps report, no time is counted twice."""
    now = 0
    events = [(0, begun("x"))]
    for step, completed, passed in reports:
        now += passed
        events.append((now, at("x", step, completed, 3)))
    events.append((now, ended("x", float(now))))
    seconds = profile_of(events, until=now)
    assert sum(spent for name, spent in seconds.items() if name.startswith("x: ")) <= seconds["x"] == now


def test_two_threads_at_once() -> None:
    """Stages of two threads do not lose each other's reports."""
    profile = Timings()

    def stage(name: str) -> None:
        profile.report(begun(name))
        for done in range(2000):
            profile.report(at(name, f"step {done % 7}", done, 2000))
        profile.report(ended(name, 1.0))

    threads = [threading.Thread(target=stage, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(profile.seconds) == 1 + 2 * 8


def fakes(recognizer: FakeRecognizer | None = None) -> Plugins:
    heard = recognizer or FakeRecognizer(words(("a", 0.0, 0.5)))
    return plugins_with(recognizer=heard, diarizer=FakeDiarizer(turns((0, 1, "SPEAKER_00"))))


def transcriber(plugins: Plugins | None = None, **options: Any) -> speakerplug.Transcriber:
    chosen = {"recognizer": "fake", "diarizer": "fake", "device": "cpu", **options}
    return speakerplug.Transcriber(plugins=plugins or fakes(), **chosen)


def test_a_transcript_says_where_the_time_went() -> None:
    """Asked for a profile, the generator has one; each recording its own."""
    with transcriber(timings=True) as ready:
        first = ready.transcribe(silence(1.0)).provenance.timings
        second = ready.transcribe(silence(1.0)).provenance.timings
    assert first is not None
    assert second is not None
    stages = {"total", "loading", "recognition", "diarization", "diarization: segmentation", "attribution"}
    assert first.keys() == second.keys() == stages
    assert all(0 <= seconds <= first["total"] for seconds in first.values())


def test_without_words_only_the_diarization_is_told() -> None:
    """A transcript of turns alone has no recognition and no attribution in its profile."""
    with transcriber(timings=True, recognizer=None) as ready:
        transcript = ready.transcribe(silence(1.0))
    assert transcript.turns == turns((0, 1, "SPEAKER_00"))
    assert (transcript.words, transcript.provenance.recognizer) == ((), None)
    assert transcript.provenance.timings is not None
    assert transcript.provenance.timings.keys() == {"total", "loading", "diarization", "diarization: segmentation"}


def test_unasked_there_is_no_profile() -> None:
    """Nothing is measured that nobody wants."""
    with transcriber() as ready:
        assert ready.transcribe(silence(1.0)).provenance.timings is None


def test_transcribers_do_not_hear_each_other() -> None:
    """Of two at work that share their plugins, each has a profile of its own."""

    class Interrupted(FakeRecognizer):
        """A recognizer during whose work another transcriber diarizes."""

        def recognize(self, waveform: Any, *asked: Any) -> Recognition:
            other.diarize(waveform)
            return super().recognize(waveform, *asked)

    plugins = fakes(Interrupted())
    with transcriber(plugins, timings=True) as other, transcriber(plugins, timings=True, diarizer=None) as one:
        profile = one.transcribe(silence(1.0)).provenance.timings
    assert profile is not None
    assert profile.keys() == {"total", "loading", "recognition", "attribution"}


def test_recordings_at_once_keep_their_times_apart() -> None:
    """Of two that one transcriber hears in two threads, each has its own stages, steps and seconds."""
    at_once = threading.Barrier(2)

    class Meeting(FakeRecognizer):
        """A recognizer that begins when both recordings are there; the long one reports a step of its own."""

        def recognize(self, waveform: Any, request: Any, devices: Any, progress: Any) -> Recognition:
            at_once.wait(timeout=30)
            if waveform.duration > 1:
                threading.Event().wait(0.3)
                progress("thinking", 1, 1)
            at_once.wait(timeout=30)
            return super().recognize(waveform, request, devices, progress)

    heard = Meeting(words(("a", 0.0, 0.5)))
    with transcriber(fakes(heard), timings=True, concurrency="on") as ready, ThreadPoolExecutor(2) as pool:
        long, short = pool.map(lambda seconds: ready.transcribe(silence(seconds)).provenance.timings, (2.0, 1.0))
    assert long is not None
    assert short is not None
    assert long.keys() - short.keys() == {"recognition: thinking"}
    assert 0.3 <= long["recognition: thinking"] <= long["recognition"] <= long["total"]


def test_neither_words_nor_speakers() -> None:
    """There must be something to do."""
    with pytest.raises(speakerplug.SpeakerPlugError, match="name a recognizer or a diarizer"):
        speakerplug.Options(recognizer=None, diarizer=None)
