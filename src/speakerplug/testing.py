"""For tests of plugins and of programs that use SpeakerPlug: stages without models, and machines without GPUs.

Nothing here needs a model, a network or a file.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import numpy as np

from .devices import DeviceManager
from .devices.simulated.machine import Card, SimulatedMachine, SimulatedProcess
from .devices.simulated.model import SimulatedModel
from .errors import Cancelled, ModelError
from .formats.objects import words_of
from .media.recording import Source
from .media.waveform import SAMPLE_RATE, Waveform
from .plugin.hooks import hookimpl
from .plugin.manager import Plugins
from .plugin.registrations import DiarizerRegistration, RecognizerRegistration
from .plugin.roles import DiarizationRequest, Diarizer, Recognition, RecognitionRequest
from .system.progress import Progress
from .system.threads import PREFIX
from .transcript import Diarization, Turn, Word

__all__ = [
    "FAKE",
    "Card",
    "FakeDiarizer",
    "FakeRecognizer",
    "FakeStages",
    "SimulatedMachine",
    "SimulatedModel",
    "SimulatedProcess",
    "check_diarization",
    "check_host",
    "check_recognition",
    "plugins_with",
    "silence",
    "turns",
    "words",
]

FAKE = "fake"
TURN_S = 4.0
EDGE_S = 0.5
"""Words this near to a change of speaker may belong to either."""
END_TIMEOUT_S = 10.0
"""Seconds in which the threads of a call must have ended."""


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


class Host(Protocol):
    """A program under test: it recognizes `source` itself, and has `diarizer` say who speaks.

    It passes `diarizer` and `cancel` on to `speakerplug.diarizing`, or to whatever it calls of SpeakerPlug, and returns
    its words with speakers: anything that `speakerplug.words_of` takes.
    """

    def __call__(self, source: Source, *, diarizer: Diarizer, cancel: threading.Event) -> Any:
        """Return the words with speakers."""


def check_host(host: Host, source: Source) -> None:
    """Assert what holds for every host: speakers, errors, cancellation, threads, and what is left behind.

    `source` is a recording with speech, at least ten words, that the host's recognizer can read; it is recognized six
    times. No model for speakers is needed. Raises AssertionError with what is wrong.
    """
    alone = _words(host, source)
    _check_speakers(alone)
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(partial(_words, host), [source] * 2))
    assert together == [alone] * 2, "two calls at once have another result than one alone"
    _check_error(host, source)
    _check_cancellation(host, source)
    assert _words(host, source) == alone, "after an error and a cancellation the result is another one"
    _check_nothing_is_left()


@dataclass
class _Alternating(FakeDiarizer):
    """Two speakers in turn."""

    def diarize(self, waveform: Any, *arguments: Any) -> Diarization:
        """Return turns that alternate until the end."""
        turns = tuple(_alternating(waveform.duration))
        return Diarization(turns, turns)


@dataclass
class _Endless(FakeDiarizer):
    """Report progress until it is stopped; cancel when it has begun."""

    cancel: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    def diarize(self, waveform: Any, request: Any, devices: Any, progress: Any) -> Diarization:
        """Report progress, which raises when the work is to end."""
        self.cancel.set()
        try:
            until = time.monotonic() + END_TIMEOUT_S
            while time.monotonic() < until:
                progress("segmentation", 0, 1)
                time.sleep(0.01)
            return Diarization()
        finally:
            self.ended.set()


def _alternating(duration: float) -> Iterator[Turn]:
    start = 0.0
    while start < duration:
        yield Turn(start, min(start + TURN_S, duration), f"SPEAKER_0{round(start / TURN_S) % 2}")
        start += TURN_S


def _words(host: Host, source: Source) -> tuple[Word, ...]:
    return words_of(host(source, diarizer=_Alternating(), cancel=threading.Event()))


def _check_speakers(words: tuple[Word, ...]) -> None:
    assert len(words) >= 10, f"the host returned {len(words)} words; give a recording with at least ten"
    for word in words:
        assert word.speaker is not None, f"{word.text!r} at {word.start} s has no speaker"
        if word.start is None or word.end is None:
            continue
        first, last = (word.start - EDGE_S) // TURN_S, (word.end + EDGE_S) // TURN_S
        if first == last >= 0:
            expected = f"SPEAKER_0{int(first) % 2}"
            assert word.speaker == expected, f"{word.text!r} at {word.start} s is {expected}'s, not {word.speaker}'s"


def _check_error(host: Host, source: Source) -> None:
    error = ModelError("No weights; this is a test.")
    raised = _raised(host, source, FakeDiarizer(error=error), threading.Event())
    assert raised, "the diarization failed, and the host raised nothing: its users would miss the speakers"
    assert error in raised, f"the host raised {raised[0]!r}, which does not say why the diarization failed"


def _check_cancellation(host: Host, source: Source) -> None:
    diarizer = _Endless()
    raised = _raised(host, source, diarizer, diarizer.cancel)
    assert raised, "the host was canceled and returned; does it pass `cancel` on?"
    is_cancelled = any(isinstance(each, Cancelled) for each in raised)
    assert is_cancelled, f"the host was canceled and raised {raised[0]!r}, not Cancelled"
    assert diarizer.ended.wait(END_TIMEOUT_S), "the diarization goes on after it was canceled"


def _check_nothing_is_left() -> None:
    until = time.monotonic() + END_TIMEOUT_S
    for thread in threading.enumerate():
        if thread.name.startswith(PREFIX):
            thread.join(max(0.0, until - time.monotonic()))
            assert not thread.is_alive(), f"the thread {thread.name} is left; leave the block of `diarizing`"


def _raised(host: Host, source: Source, diarizer: Diarizer, cancel: threading.Event) -> list[BaseException]:
    """Return the error that the host raises, and what caused it; empty if it raises none."""
    try:
        host(source, diarizer=diarizer, cancel=cancel)
    except Exception as error:
        found: list[BaseException] = []
        cause: BaseException | None = error
        while cause is not None and cause not in found:
            found.append(cause)
            cause = cause.__cause__ or cause.__context__
        return found
    return []
