"""A host that keeps its own recognizer: diarization in the background, speakers for its words."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import speakerplug
from speakerplug.errors import Cancelled, ModelError
from speakerplug.plugin.roles import DiarizationRequest
from speakerplug.system.progress import Progress
from speakerplug.testing import FakeDiarizer, silence, turns
from speakerplug.transcript import Diarization

TURNS = turns((0, 1, "SPEAKER_00"), (1, 2, "SPEAKER_01"))


@dataclass
class HostWord:
    """Of the shape of faster-whisper's Word."""

    start: float
    end: float
    word: str
    probability: float = 0.9


@dataclass
class HostSegment:
    """Of the shape of faster-whisper's Segment."""

    start: float
    end: float
    text: str
    words: list[HostWord] | None = None


def segments() -> Iterator[HostSegment]:
    yield HostSegment(0.1, 0.9, " Hello there", [HostWord(0.1, 0.4, " Hello"), HostWord(0.5, 0.9, " there")])
    yield HostSegment(1.1, 1.9, " Good day", None)


class Waiting:
    """A diarizer that reports progress for as long as it is not told to stop."""

    name = "waiting"

    def __init__(self) -> None:
        self.begun, self.ended = threading.Event(), threading.Event()

    def prepare(self, devices: Any, progress: Progress) -> None:
        """Nothing is needed."""

    def diarize(self, waveform: Any, request: DiarizationRequest, devices: Any, progress: Progress) -> Diarization:
        try:
            self.begun.set()
            while True:
                progress("waiting", 0, 1)
        finally:
            self.ended.set()


def test_words_of_the_host_get_speakers() -> None:
    """faster-whisper's own objects go in, a generator included, and a transcript comes out."""
    with speakerplug.diarizing(silence(2.0, "talk.wav"), diarizer=FakeDiarizer(TURNS), device="cpu") as speakers:
        transcript = speakers.attribute(segments(), language="en")
    assert [(word.text, word.speaker, word.estimated) for word in transcript.words] == [
        ("Hello", "SPEAKER_00", False),
        ("there", "SPEAKER_00", False),
        ("Good", "SPEAKER_01", True),
        ("day", "SPEAKER_01", True),
    ]
    assert (transcript.language, transcript.provenance.recognizer) == ("en", None)
    assert transcript.media.file == "talk.wav"


def test_the_samples_are_the_hosts_to_use() -> None:
    """The host recognizes the very array that is diarized: 16 kHz mono float32."""
    with speakerplug.diarizing(silence(2.0), diarizer=FakeDiarizer(TURNS), device="cpu") as speakers:
        assert speakers.samples.shape == (32_000,)
        assert speakers.samples.dtype == np.float32


def test_diarization_begins_at_once_in_the_background() -> None:
    """The diarizer is at work while the host has not asked for anything yet; leaving makes it stop."""
    diarizer = Waiting()
    with speakerplug.diarizing(silence(), diarizer=diarizer, device="cpu") as speakers:
        assert diarizer.begun.wait(10)
    assert diarizer.ended.wait(10)
    with pytest.raises(Cancelled):
        _ = speakers.diarization


def fails_after(begun: threading.Event) -> None:
    """Raise while the diarizer is at work; before, it may be stopped without having begun."""
    assert begun.wait(10)
    raise ZeroDivisionError


def test_an_error_of_the_host_is_not_held_up() -> None:
    """When the host's own recognizer fails, its error comes through and the diarization stops."""
    diarizer = Waiting()
    with (
        pytest.raises(ZeroDivisionError),
        speakerplug.diarizing(silence(), diarizer=diarizer, device="cpu"),
    ):
        fails_after(diarizer.begun)
    assert diarizer.ended.wait(10)


def test_what_goes_wrong_in_the_background_is_raised_at_label() -> None:
    """The host learns of a failed diarization where it asks for its result."""
    broken = FakeDiarizer(error=ModelError("No ears."))
    with (
        speakerplug.diarizing(silence(), diarizer=broken, device="cpu") as speakers,
        pytest.raises(ModelError, match="No ears"),
    ):
        speakers.attribute(segments())
