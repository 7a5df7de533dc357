"""Fake stages without models, and checks of results."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..devices import DeviceManager
from ..media.waveform import SAMPLE_RATE, Waveform
from ..plugin.hooks import hookimpl
from ..plugin.manager import Plugins
from ..plugin.registrations import DiarizerRegistration, RecognizerRegistration
from ..plugin.roles import DiarizationRequest, Recognition, RecognitionRequest
from ..system.progress import Progress
from ..transcript import Diarization, Turn, Word

FAKE = "fake"


def silence(seconds: float = 1.0, name: str = "silence.wav") -> Waveform:
    """Return a waveform of digital silence, `seconds` long."""
    return Waveform.of(np.zeros(round(seconds * SAMPLE_RATE), dtype=np.float32), name=name)


def turns(*spans: tuple[float, float, str]) -> tuple[Turn, ...]:
    """Return turns from (start, end, speaker)."""
    return tuple(Turn(*span) for span in spans)


def words(*spans: tuple[str, float, float]) -> tuple[Word, ...]:
    """Return words from (text, start, end)."""
    return tuple(Word(*span) for span in spans)


@dataclass
class FakeRecognizer:
    """A recognizer that returns the same words for every recording; `requests` lists the requests it got."""

    words: Sequence[Word] = ()
    language: str | None = "en"
    error: Exception | None = None
    name: str = FAKE
    requests: list[RecognitionRequest] = field(default_factory=list)

    def prepare(self, devices: DeviceManager, progress: Progress) -> None:
        """Do nothing: no model is needed."""

    def recognize(
        self, waveform: Waveform, request: RecognitionRequest, devices: DeviceManager, progress: Progress
    ) -> Recognition:
        """Report progress twice, then return the words or raise the error."""
        self.requests.append(request)
        progress("recognition", 0.0, waveform.duration)
        if self.error is not None:
            raise self.error
        progress("recognition", waveform.duration, waveform.duration)
        return Recognition(tuple(self.words), request.language or self.language, "fake-model")


@dataclass
class FakeDiarizer:
    """A diarizer that returns the same turns for every recording; `requests` lists the requests it got."""

    turns: Sequence[Turn] = ()
    exclusive: Sequence[Turn] | None = None
    error: Exception | None = None
    name: str = FAKE
    requests: list[DiarizationRequest] = field(default_factory=list)

    def prepare(self, devices: DeviceManager, progress: Progress) -> None:
        """Do nothing: no model is needed."""

    def diarize(
        self, waveform: Waveform, request: DiarizationRequest, devices: DeviceManager, progress: Progress
    ) -> Diarization:
        """Report progress twice, then return the turns or raise the error."""
        self.requests.append(request)
        progress("segmentation", 0, 1)
        if self.error is not None:
            raise self.error
        progress("segmentation", 1, 1)
        exclusive = self.turns if self.exclusive is None else self.exclusive
        return Diarization(tuple(self.turns), tuple(exclusive))


@dataclass(eq=False)  # pluggy keeps plugins in sets
class FakeStages:
    """A plugin that offers a fake recognizer and a fake diarizer, both named "fake"."""

    recognizer: FakeRecognizer = field(default_factory=FakeRecognizer)
    diarizer: FakeDiarizer = field(default_factory=FakeDiarizer)

    @hookimpl
    def register_recognizers(self, register: Callable[[RecognizerRegistration], None]) -> None:
        """Offer the fake recognizer."""
        register(RecognizerRegistration(FAKE, lambda settings: self.recognizer, description="for tests"))

    @hookimpl
    def register_diarizers(self, register: Callable[[DiarizerRegistration], None]) -> None:
        """Offer the fake diarizer."""
        register(DiarizerRegistration(FAKE, lambda settings: self.diarizer, description="for tests"))


def plugins_with(plugins: Mapping[str, object] | None = None, **stages: object) -> Plugins:
    """Return the built-in plugins, the fake stages and `plugins`, without those that happen to be installed.

    `recognizer` and `diarizer` replace the fakes that are registered as "fake".
    """
    return Plugins({"fakes": FakeStages(**stages), **(plugins or {})}, discover=False)  # type: ignore[arg-type]


def check_diarization(diarization: Diarization, duration: float | None = None) -> None:
    """Assert what holds for every diarizer: turns sorted by start and not empty, exclusive ones without overlap.

    `duration` is that of the recording, in seconds; turns may end up to a frame after it.
    """
    for kind in (diarization.turns, diarization.exclusive):
        assert list(kind) == sorted(kind, key=lambda turn: (turn.start, turn.end)), "turns are not in order"
        assert all(0 <= turn.start < turn.end for turn in kind), "a turn is empty or begins before the recording"
        if duration is not None:
            assert all(turn.end <= duration + 0.1 for turn in kind), "a turn ends after the recording"
    pairs = zip(diarization.exclusive, diarization.exclusive[1:], strict=False)
    assert all(first.end <= second.start + 1e-6 for first, second in pairs), "exclusive turns overlap"


def check_recognition(recognition: Recognition, duration: float | None = None) -> None:
    """Assert what holds for every recognizer: words with text, no white space around it, and times in order.

    `duration` is that of the recording, in seconds.
    """
    for word in recognition.words:
        assert word.text, "a word has no text"
        assert word.text == word.text.strip(), f"white space around {word.text!r}"
        if word.start is not None and word.end is not None:
            assert word.start <= word.end, f"{word.text!r} ends before it starts"
            assert duration is None or word.end <= duration + 0.1, f"{word.text!r} ends after the recording"
