"""The check of a host: one that does as documented passes, and each fault is found."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

import speakerplug
from speakerplug.errors import SpeakerPlugError
from speakerplug.media.waveform import Waveform
from speakerplug.testing import check_host, silence

AUDIO = silence(12.0)
WORDS = [{"word": f" w{second}", "start": second + 0.1, "end": second + 0.7} for second in range(12)]
SEGMENTS = [{"start": word["start"], "end": word["end"], "text": word["word"], "words": [word]} for word in WORDS]

Host = Callable[..., Any]


def good(source: Waveform, *, diarizer: Any, cancel: threading.Event) -> Any:
    """Five lines, as documented."""
    with speakerplug.diarizing(source, diarizer=diarizer, cancel=cancel, device="cpu") as speakers:
        return speakers.attribute({"segments": SEGMENTS})


def test_check_host_accepts_a_host_that_does_as_documented() -> None:
    """It recognizes, diarizes in the background, and returns the transcript."""
    check_host(good, AUDIO)


def swallowing(source: Waveform, **options: Any) -> Any:
    """Go on without speakers when the diarization fails."""
    try:
        return good(source, **options)
    except SpeakerPlugError:
        return {"segments": SEGMENTS}


def uncancelled(source: Waveform, *, diarizer: Any, cancel: threading.Event) -> Any:
    """Keep `cancel`."""
    return good(source, diarizer=diarizer, cancel=threading.Event())


def hiding(source: Waveform, **options: Any) -> Any:
    """Replace the error by one that says nothing."""
    try:
        return good(source, **options)
    except SpeakerPlugError:
        pass
    raise RuntimeError("Something went wrong.")


def first_speaker(source: Waveform, **options: Any) -> Any:
    """Give all words to one speaker."""
    transcript = good(source, **options)
    return [speakerplug.Word(word.text, word.start, word.end, "SPEAKER_00") for word in transcript.words]


@pytest.mark.parametrize(
    ("host", "fault"),
    [
        (lambda source, **options: {"segments": SEGMENTS}, "has no speaker"),
        (lambda source, **options: good(source, **options).words[:9], "at least ten"),
        (first_speaker, "is SPEAKER_01's"),
        (swallowing, "raised nothing"),
        (hiding, "does not say why"),
        (uncancelled, "pass `cancel` on"),
    ],
)
def test_check_host_finds_each_fault(host: Host, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what is wrong."""
    monkeypatch.setattr("speakerplug.testing.END_TIMEOUT_S", 0.2)
    with pytest.raises(AssertionError, match=fault):
        check_host(host, AUDIO)
