"""A result without words says what was seen of the recording."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from speakerplug import Transcriber
from speakerplug.media.recording import read_waveform
from speakerplug.media.waveform import Samples
from speakerplug.testing import FakeDiarizer, FakeRecognizer, plugins_with
from tests.media_files import Recording, Track, babble
from tests.recordings import TALK


def transcribed(source: Any, caplog: pytest.LogCaptureFixture, **options: Any) -> str:
    """Return the log of a transcription that finds nothing."""
    plugins = plugins_with(recognizer=FakeRecognizer(()), diarizer=FakeDiarizer(()))
    chosen = {"recognizer": "fake", "diarizer": "fake", "device": "cpu", **options}
    with Transcriber(plugins=plugins, **chosen) as transcriber:
        assert not transcriber.transcribe(source).words
    return caplog.text


@pytest.fixture(scope="module")
def talk() -> Samples:
    """Return five seconds of speech, shape (1, n)."""
    return read_waveform(TALK).samples[None, :80_000]


@pytest.mark.parametrize(
    ("level", "words"),
    [
        (0.0, "has no level at all and voice activity in 0 % of 2.0 s; it is silent: check that it is the right"),
        (1e-4, "dB and voice activity in 0 % of 2.0 s; it is silent: check that it is the right recording."),
        (1.0, "dB and voice activity in 0 % of 2.0 s; check that it is the right recording."),
    ],
)
def test_transcribe_audio_without_speech_says_so(level: float, words: str, caplog: pytest.LogCaptureFixture) -> None:
    """With the level and the share of voice activity, and what to do about it."""
    text = transcribed(level * babble(2)[0], caplog)
    assert "No speech was recognized: The audio has" in text
    assert words in text


def test_transcribe_speech_without_words_suggests_the_model(talk: Samples, caplog: pytest.LogCaptureFixture) -> None:
    """There is voice activity, so the recording is right."""
    text = transcribed(talk[0], caplog)
    assert "try a larger model, or name the language." in text
    assert "voice activity in 0 %" not in text


def test_transcribe_of_several_silent_tracks_names_the_track(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """And the option for another."""
    silent = Track(np.zeros((1, 16_000), np.float32))
    text = transcribed(Recording((silent, silent)).write(tmp_path / "film.mkv"), caplog)
    assert "film.mkv, audio track 1 of 2, has no level at all" in text
    assert "or choose another track with audio_track." in text


def test_transcribe_without_recognizer_says_that_there_are_no_turns(
    talk: Samples, caplog: pytest.LogCaptureFixture
) -> None:
    """`diarize` is never silent either."""
    assert "No speech was found: The audio has" in transcribed(talk[0], caplog, recognizer=None)


def test_transcribe_by_channel_says_what_was_seen_of_the_mix(talk: Samples, caplog: pytest.LogCaptureFixture) -> None:
    """The channels are mixed for that alone."""
    both = np.concatenate([talk, np.roll(talk, 40_000) * np.float32(0.5)])
    assert "No speech was recognized: The audio has" in transcribed(both, caplog, channels="speakers")
