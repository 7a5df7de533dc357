"""The check that a program with its own recognizer calls the diarization as documented."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from ..errors import Cancelled, ModelError
from ..formats.objects import words_of
from ..media.recording import Source
from ..plugin.roles import Diarizer
from ..system.threads import PREFIX
from ..transcript import Diarization, Turn, Word
from .stages import FakeDiarizer

TURN_S = 4.0
EDGE_S = 0.5
"""Words this near to a change of speaker may belong to either."""
END_TIMEOUT_S = 10.0
"""Seconds in which the threads of a call must have ended."""


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
