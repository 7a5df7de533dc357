"""Which of several audio tracks is taken, with real speech and the real detector."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
from av.stream import Disposition

from speakerplug.media import recording as media
from speakerplug.media.recording import read_waveform
from speakerplug.media.waveform import Samples
from tests.media_files import Recording, Track, babble, likeness
from tests.recordings import TALK, call_path

DEFAULT = Disposition.default


@pytest.fixture(scope="module")
def talk() -> Samples:
    """Return five seconds of speech, shape (1, n)."""
    return read_waveform(TALK).samples[None, :80_000]


@pytest.fixture(scope="module")
def call() -> Samples:
    """Return five seconds of other speech."""
    return read_waveform(call_path()).samples[None, 160_000:240_000]


@pytest.fixture(autouse=True)
def _messages(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "speakerplug")


def silence() -> Samples:
    return np.zeros((1, 80_000), np.float32)


@pytest.mark.parametrize("first", [silence(), 1e-3 * babble(5), 0.3 * babble(5)], ids=["silent", "quiet", "tones"])
def test_mono_first_track_without_speech_is_left_out(
    first: Samples, talk: Samples, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Even if it is the default one; a line in the log says so. The channels are of the same track."""
    tracks = (Track(first, disposition=DEFAULT), Track(np.concatenate([talk, talk])))
    recording = media.Recording.of(Recording(tracks, picture_s=5).write(tmp_path / "obs.mkv"))
    assert recording.channel_count == 2
    assert likeness(recording.mono().samples, talk[0]) > 0.9
    assert likeness(recording.channels()[1].samples, talk[0]) > 0.9
    (line,) = caplog.messages
    assert line.startswith("obs.mkv: audio track 2 is taken, as track 1 has no speech; ")


@pytest.mark.parametrize("language", ["en", "en-US"])
def test_mono_track_of_the_language_is_taken(
    language: str, talk: Samples, call: Samples, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Before the default one, which is taken where no language is given, or where that track has no speech."""
    tracks = (Track(call, disposition=DEFAULT, language="ger"), Track(talk, language="eng"))
    path = Recording(tracks).write(tmp_path / "dub.mkv")
    assert likeness(media.Recording.of(path).mono().samples, call[0]) > 0.9
    assert not caplog.messages
    assert likeness(media.Recording.of(path, language=language).mono().samples, talk[0]) > 0.9
    assert f"audio track 2 (eng) is taken, for its language is {language}" in caplog.text
    assert likeness(media.Recording.of(path, language="de").mono().samples, call[0]) > 0.9
    mute = Recording((tracks[0], Track(silence(), language="eng"))).write(tmp_path / "mute.mkv")
    assert likeness(media.Recording.of(mute, language=language).mono().samples, call[0]) > 0.9
    assert "audio track 1 (ger) is taken, as track 2 has no speech" in caplog.text


def test_mono_explicit_track_is_taken_whatever_it_holds(
    talk: Samples, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A track that is named by its number is taken without a word, even if it is silent."""
    path = Recording((Track(silence()), Track(talk))).write(tmp_path / "obs.mkv")
    assert not media.Recording.of(path, audio_track=1).mono().samples.any()
    assert not caplog.messages


def test_mono_several_equal_tracks_give_the_first_with_a_line(
    talk: Samples, call: Samples, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Where nothing tells two tracks with speech apart, the choice is not obvious."""
    tracks = (Track(talk, disposition=DEFAULT), Track(call, disposition=DEFAULT))
    assert likeness(media.Recording.of(Recording(tracks).write(tmp_path / "a.mkv")).mono().samples, talk[0]) > 0.9
    assert "audio track 1 is taken, the first of 2" in caplog.text


def test_mono_all_tracks_silent_gives_the_first(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """With a line that says so."""
    path = Recording((Track(silence()), Track(silence()))).write(tmp_path / "mute.mkv")
    recording = media.Recording.of(path)
    assert recording.mono().duration == pytest.approx(5, abs=0.1)
    assert recording.track is not None
    assert recording.track[0].number == 1
    assert "as none of 2 has speech" in caplog.text


def test_mono_one_word_is_more_than_silence(talk: Samples, tmp_path: Path) -> None:
    """Of tracks with less than a second of speech, the one with most is taken."""
    word = np.concatenate([talk[:, 8_000:18_000], np.zeros((1, 30_000), np.float32)], axis=1)
    recording = media.Recording.of(Recording((Track(silence()), Track(word))).write(tmp_path / "yes.mkv"))
    assert recording.channel_count == 1
    assert recording.track is not None
    assert recording.track[0].number == 2


def test_recording_of_a_recording_adopts_the_choice_of_the_first_call(
    talk: Samples, call: Samples, tmp_path: Path
) -> None:
    """The language of a transcription chooses the track of a Recording that has no choice of its own."""
    tracks = (Track(call, disposition=DEFAULT, language="ger"), Track(talk, language="eng"))
    path = Recording(tracks).write(tmp_path / "dub.mkv")
    assert likeness(media.Recording.of(media.Recording.of(path), language="en").mono().samples, talk[0]) > 0.9
    own = media.Recording.of(path, audio_track="de")
    assert likeness(media.Recording.of(own, language="en").mono().samples, call[0]) > 0.9
