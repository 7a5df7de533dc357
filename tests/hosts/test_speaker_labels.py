"""Segments of a recognizer get speakers: what streams, what waits, what ends when the host leaves."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from speakerplug.errors import ModelError, UsageError
from speakerplug.hosts.speaker_labels import SpeakerLabels
from speakerplug.plugin.roles import DiarizationRequest
from speakerplug.system.progress import Progress
from speakerplug.system.threads import PREFIX
from speakerplug.testing import FakeDiarizer, turns
from speakerplug.transcript import Diarization

TURNS = turns((0, 2, "SPEAKER_00"), (2, 4, "SPEAKER_01"))
SAMPLES = np.zeros(4 * 16_000, dtype=np.float32)
REQUEST = DiarizationRequest()


@dataclass
class HostWord:
    """A word in the shape of faster-whisper's."""

    word: str
    start: float
    end: float


@dataclass
class HostSegment:
    """A segment in the shape of faster-whisper's."""

    start: float
    end: float
    words: list[HostWord] = field(default_factory=list)
    text: str = " Yes."


def segment(start: float, *ends: float) -> HostSegment:
    """Return a segment of words that follow each other."""
    starts = (start, *ends[:-1])
    words = [HostWord(f" {number}", *times) for number, times in enumerate(zip(starts, ends, strict=True))]
    return HostSegment(start, ends[-1], words)


FOUR = [segment(0.0, 0.5, 1.0), segment(1.0, 1.5), segment(2.5, 3.0), segment(3.0, 3.5)]


def labels_of(diarizer: Any) -> SpeakerLabels:
    return SpeakerLabels(options={"diarizer": diarizer, "device": "cpu"})


@dataclass
class Waiting(FakeDiarizer):
    """A diarizer that waits, and reports progress, until it is allowed to return."""

    began: threading.Event = field(default_factory=threading.Event)
    may_return: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    def diarize(self, waveform: Any, request: Any, devices: Any, progress: Progress) -> Diarization:
        """Wait, and say when it has ended, however it does."""
        self.began.set()
        try:
            while not self.may_return.wait(0.01):
                progress("waiting", 0, 1)
            return super().diarize(waveform, request, devices, progress)
        finally:
            self.ended.set()


def test_labeled_keeps_segments_until_the_turns_are_known_then_streams() -> None:
    """The segments recognized by then come at once; each later one is read when it is asked for."""
    diarizer, read = Waiting(TURNS), list[int]()

    def recognized() -> Iterator[HostSegment]:
        """Yield segments; the diarizer is ready while the third is recognized."""
        for number, each in enumerate(FOUR):
            read.append(number)
            if number == 2:
                diarizer.may_return.set()
                assert diarizer.ended.wait(10)
                threading.Event().wait(0.3)  # until its thread has returned
            yield each

    came = labels_of(diarizer).labeled(recognized(), SAMPLES, REQUEST)
    assert next(came) == (FOUR[0], ["SPEAKER_00"] * 2)
    assert read == [0, 1, 2]
    assert [speakers for _, speakers in (next(came), next(came))] == [["SPEAKER_00"], ["SPEAKER_01"]]
    assert read == [0, 1, 2]
    assert list(came) == [(FOUR[3], ["SPEAKER_01"])]


def test_labeled_that_is_never_iterated_starts_nothing() -> None:
    """No thread, no diarizer, and the recognizer is not asked for a segment."""
    diarizer, read = FakeDiarizer(TURNS), list[int]()
    before = set(threading.enumerate())
    came = labels_of(diarizer).labeled((read.append(1) for _ in range(3)), SAMPLES, REQUEST)
    del came
    gc.collect()
    assert (set(threading.enumerate()) - before, diarizer.requests, read) == (set(), [], [])


@pytest.mark.slow
@pytest.mark.parametrize("leave", ["close", "error"])
def test_labeled_that_is_left_stops_the_diarization_and_the_recognizer(leave: str) -> None:
    """A host that has enough, or whose recognizer fails, leaves no thread behind."""
    diarizer, closed = Waiting(TURNS), threading.Event()

    def recognized() -> Iterator[HostSegment]:
        """Yield a segment, then fail; say when it is closed."""
        try:
            yield FOUR[0]
            assert diarizer.began.wait(10)
            if leave == "error":
                raise ZeroDivisionError
            diarizer.may_return.set()
            yield from FOUR[1:]
        finally:
            closed.set()

    came = labels_of(diarizer).labeled(recognized(), SAMPLES, REQUEST)
    if leave == "error":
        with pytest.raises(ZeroDivisionError):
            next(came)
    else:
        next(came)
        came.close()  # type: ignore[attr-defined]
    assert closed.is_set()
    assert diarizer.ended.wait(10)
    for thread in threading.enumerate():
        if thread.name.startswith(PREFIX):
            thread.join(10)
            assert not thread.is_alive()


def test_labeled_raises_what_the_diarizer_raises() -> None:
    """The host gets the error where it iterates."""
    came = labels_of(FakeDiarizer(error=ModelError("No weights."))).labeled(FOUR, SAMPLES, REQUEST)
    with pytest.raises(ModelError, match="No weights"):
        list(came)


@pytest.mark.parametrize("samples", [SAMPLES, SAMPLES[:0]])
def test_labeled_without_segments_yields_nothing_and_waits_for_nothing(samples: Any) -> None:
    """As the recognizer alone does in silence, and with no samples at all, which no diarizer takes."""
    labels = labels_of(FakeDiarizer(error=RuntimeError("broken")))
    assert [*labels.labeled([], samples, REQUEST)] == []


def test_labeled_with_wholes_or_without_word_times_has_one_speaker_per_segment() -> None:
    """The time of the segment decides, not that of its words."""
    across = HostSegment(1.0, 3.9, [HostWord(" One", 1.0, 1.9), HostWord(" two", 2.1, 3.9)])
    labels = labels_of(FakeDiarizer(TURNS))
    assert list(labels.labeled([across], SAMPLES, REQUEST)) == [(across, ["SPEAKER_00", "SPEAKER_01"])]
    assert list(labels.labeled([across], SAMPLES, REQUEST, as_wholes=True)) == [(across, ["SPEAKER_01"])]
    assert list(labels.labeled([HostSegment(0, 1)], SAMPLES, REQUEST)) == [(HostSegment(0, 1), ["SPEAKER_00"])]


def test_labels_are_kept_for_the_next_recording_and_closed_on_request() -> None:
    """Each call has its own request; after `close` the next call loads the diarizer again."""
    diarizer = FakeDiarizer(TURNS)
    labels = labels_of(diarizer)
    for bound in (2, 3):
        assert len(list(labels.labeled(FOUR, SAMPLES, DiarizationRequest(max_speakers=bound)))) == len(FOUR)
        labels.close()
    assert [request.max_speakers for request in diarizer.requests] == [2, 3]
    with pytest.raises(UsageError, match="num_speakers"):
        list(labels.labeled(FOUR, SAMPLES, DiarizationRequest(num_speakers=0)))


def test_labels_with_an_invalid_option_raise_before_any_work() -> None:
    """Where the host makes its model."""
    with pytest.raises(UsageError, match="diarizerr"):
        SpeakerLabels(options={"diarizerr": "bundled"})
