"""Speech that cancels in the mix is brought back, and nothing else is changed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from speakerplug.media import recording as media
from speakerplug.media.phase import InPhase, mix_weights
from speakerplug.media.recording import read_waveform
from speakerplug.media.waveform import Samples
from tests.media_files import likeness, record
from tests.recordings import TALK

SECONDS = np.arange(12 * 16_000) / 16_000


@pytest.fixture(scope="module")
def talk() -> Samples:
    """Return twelve seconds of two speakers, shape (n,)."""
    return read_waveform(TALK).samples[: len(SECONDS)]


@pytest.fixture(autouse=True)
def _messages(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "speakerplug")


def tones(level: float, seed: int) -> Samples:
    """Return tones that come and go, as music does."""
    pitches = np.random.default_rng(seed).uniform(150, 900, 5)
    there = [np.sin(SECONDS * number) > 0 for number in range(1, 6)]
    each = [np.sin(6.2832 * pitch * SECONDS) * is_on for pitch, is_on in zip(pitches, there, strict=True)]
    return (level * sum(each)).astype(np.float32)


def hiss(level: float, seed: int) -> Samples:
    return (level * np.random.default_rng(seed).standard_normal(len(SECONDS))).astype(np.float32)


def flipped(talk: Samples, start: float, end: float) -> Samples:
    return np.where((start <= SECONDS) & (end > SECONDS), -talk, talk)


Make = Callable[[Samples], tuple[Samples, ...]]
CANCELS: dict[str, Make] = {
    "inverted": lambda talk: (talk, -talk),
    "inverted, very quiet": lambda talk: (0.003 * talk, -0.003 * talk),
    "inverted, with noise": lambda talk: (talk + hiss(0.01, 1), -talk + hiss(0.01, 2)),
    "inverted, quieter": lambda talk: (talk, -0.7 * talk),
    "inverted, late": lambda talk: (talk, -np.roll(talk, 4)),
    "inverted in the second half": lambda talk: (talk, flipped(talk, 6, 99)),
    "inverted in the middle": lambda talk: (talk, flipped(talk, 4, 8.3)),
    "two of four": lambda talk: (talk, -talk, talk, -talk),
    "front of surround": lambda talk: (talk, -talk, 0 * talk, 0 * talk, 0 * talk, 0 * talk),
}
RIGHT: dict[str, Make] = {
    "mono in stereo": lambda talk: (talk, talk),
    "dead channel": lambda talk: (talk, 0 * talk),
    "dead channel with an offset": lambda talk: (talk, 0 * talk + np.float32(0.01)),
    "interview": lambda talk: (talk * (SECONDS < 4), talk * (SECONDS >= 4)),
    "voice before wide music": lambda talk: (talk + tones(0.2, 1), talk - tones(0.2, 1)),
    "voice and inverted hum": lambda talk: (talk + tones(0.1, 3) * 0.5, talk - tones(0.1, 3) * 0.5),
    "two microphones": lambda talk: (talk, np.roll(talk, 16)),
    "center of surround": lambda talk: (tones(0.2, 1), -tones(0.2, 1), talk, 0 * talk, tones(0.1, 2), -tones(0.1, 2)),
    "wide music": lambda talk: (tones(0.2, 1), -tones(0.2, 1)),
    "silence": lambda talk: (0 * talk, 0 * talk),
}


@pytest.mark.parametrize("make", CANCELS.values(), ids=CANCELS.keys())
def test_mono_channels_that_cancel_are_in_phase(make: Make, talk: Samples, caplog: pytest.LogCaptureFixture) -> None:
    """The speech is there, no more than some 6 dB below its loudest channel, and one line says what was done."""
    channels = np.stack(make(talk)).astype(np.float32)
    mono = media.Recording.of(channels, "talk").mono().samples
    assert likeness(mono, talk) > 0.9
    assert np.std(mono) > 0.5 * np.std(channels[0]) * (0.6 if len(channels) == 6 else 1)
    (line,) = caplog.messages
    assert line.startswith("The channels of talk are out of phase")


@pytest.mark.parametrize("make", RIGHT.values(), ids=RIGHT.keys())
def test_mono_channels_in_phase_are_mixed_as_they_are(
    make: Make, talk: Samples, caplog: pytest.LogCaptureFixture
) -> None:
    """A voice that mixing makes clearer is not given up for what is wide."""
    channels = np.stack(make(talk)).astype(np.float32)
    mono = media.Recording.of(channels).mono().samples
    np.testing.assert_allclose(mono, channels.mean(axis=0), atol=1e-6)
    assert not caplog.messages


def test_mono_partly_inverted_channel_names_the_part(talk: Samples, caplog: pytest.LogCaptureFixture) -> None:
    """To the quarter of a second."""
    media.Recording.of(np.stack([talk, flipped(talk, 4, 8.3)]), "talk").mono()
    (line,) = caplog.messages
    assert "between 4.0 and 8." in line
    assert line.endswith("channel 2 was inverted.")


@pytest.mark.parametrize(("suffix", "codec"), [("flac", "flac"), ("m4a", "aac"), ("mp3", "mp3"), ("ogg", "libopus")])
def test_mono_file_whose_channels_cancel_has_its_speech(
    suffix: str, codec: str, talk: Samples, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever the codec makes of it; the file is decoded twice, and damage is reported once."""
    path = record(tmp_path / f"talk.{suffix}", np.stack([talk, -talk]), codec=codec)
    assert abs(likeness(read_waveform(path).samples, talk)) > 0.95
    assert [line.partition(" are ")[0] for line in caplog.messages] == [f"The channels of talk.{suffix}"]


@pytest.mark.parametrize("layout", ["stereo", "quad", "5.1", "7.1", "2 channels", "4 channels"])
def test_mix_weights_are_those_of_ffmpeg(layout: str) -> None:
    """One for each channel, and none is negative."""
    weights = mix_weights(layout)
    assert weights.max() > 0.5
    assert weights.min() >= 0
    assert len(weights) == {"stereo": 2, "2 channels": 2, "quad": 4, "4 channels": 4, "5.1": 6, "7.1": 8}[layout]


def test_explained_of_several_channels_counts_them(talk: Samples) -> None:
    """Two rear channels against two front ones."""
    found = InPhase(talk, (3, 4), ((0.0, len(talk) / 16_000),))
    assert found.explained("quad").endswith("channels 3 and 4 were inverted.")
