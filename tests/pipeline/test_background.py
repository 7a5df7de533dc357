"""A host with its own recognizer diarizes in the background, and its words get speakers."""

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
    """A word in the shape of faster-whisper's."""

    start: float
    end: float
    word: str
    probability: float = 0.9


@dataclass
class HostSegment:
    """A segment in the shape of faster-whisper's."""

    start: float
    end: float
    text: str
    words: list[HostWord] | None = None


def segments() -> Iterator[HostSegment]:
    yield HostSegment(0.1, 0.9, " Hello there", [HostWord(0.1, 0.4, " Hello"), HostWord(0.5, 0.9, " there")])
    yield HostSegment(1.1, 1.9, " Good day", None)


class Waiting:
    """A diarizer that reports progress until it is stopped."""

    name = "waiting"

    def __init__(self) -> None:
        self.started, self.ended = threading.Event(), threading.Event()

    def prepare(self, devices: Any, progress: Progress) -> None:
        """Prepare nothing."""

    def diarize(self, waveform: Any, request: DiarizationRequest, devices: Any, progress: Progress) -> Diarization:
        try:
            self.started.set()
            while True:
                progress("waiting", 0, 1)
        finally:
            self.ended.set()


def test_attribute_the_words_of_a_host_gives_them_speakers() -> None:
    """Objects of faster-whisper go in, a generator included, and a transcript comes out."""
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


def test_samples_are_the_decoded_audio() -> None:
    """The host recognizes the same array that is diarized: 16 kHz mono float32."""
    with speakerplug.diarizing(silence(2.0), diarizer=FakeDiarizer(TURNS), device="cpu") as speakers:
        assert speakers.samples.shape == (32_000,)
        assert speakers.samples.dtype == np.float32


def test_diarizing_starts_immediately_and_stops_at_exit() -> None:
    """The diarizer works before the host requests anything; leaving the block stops it."""
    diarizer = Waiting()
    with speakerplug.diarizing(silence(), diarizer=diarizer, device="cpu") as speakers:
        assert diarizer.started.wait(10)
    assert diarizer.ended.wait(10)
    with pytest.raises(Cancelled):
        _ = speakers.diarization


def fails_after(started: threading.Event) -> None:
    """Raise while the diarizer works; earlier, it might be stopped before it has started."""
    assert started.wait(10)
    raise ZeroDivisionError


def test_diarizing_with_an_error_of_the_host_stops() -> None:
    """The error of the host's own recognizer is raised, and the diarization stops."""
    diarizer = Waiting()
    with (
        pytest.raises(ZeroDivisionError),
        speakerplug.diarizing(silence(), diarizer=diarizer, device="cpu"),
    ):
        fails_after(diarizer.started)
    assert diarizer.ended.wait(10)


def test_attribute_after_a_failed_diarization_raises_its_error() -> None:
    """The host gets the error when it requests the result."""
    broken = FakeDiarizer(error=ModelError("No weights."))
    with (
        speakerplug.diarizing(silence(), diarizer=broken, device="cpu") as speakers,
        pytest.raises(ModelError, match="No weights"),
    ):
        speakers.attribute(segments())
