from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from speakerplug.media.decode_pyav import decode
from speakerplug.media.file import MediaFile
from speakerplug.media.probe import Sound
from speakerplug.media.resample import SampleBuffer
from tests.media_files import Claimed, Recording, Track, babble, lag, likeness, record

KINDS = [
    ("mp4", "aac", 44_100),
    ("m4a", "aac", 48_000),
    ("mov", "aac", 22_050),
    ("mkv", "aac", 44_100),
    ("mka", "flac", 48_000),
    ("mp3", "mp3", 44_100),
    ("mp3", "mp3", 22_050),
    ("ogg", "libopus", 48_000),
    ("opus", "libopus", 48_000),
    ("webm", "libopus", 48_000),
    ("flac", "flac", 44_100),
    ("wav", "pcm_s16le", 8_000),
    ("wav", "pcm_f32le", 44_100),
    ("wav", "pcm_s24le", 96_000),
]


def read(path: Path) -> np.ndarray:
    (samples,), _ = decode(MediaFile(path))
    return samples


@pytest.mark.parametrize(("suffix", "codec", "rate"), KINDS)
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_every_container_gives_the_same_sound(
    suffix: str, codec: str, rate: int, channels: int, tmp_path: Path
) -> None:
    """Whatever the container, codec, rate and number of channels: the sound, in its place to the sample."""
    if (codec, channels) == ("mp3", 6):
        channels = 2
    samples = read(record(tmp_path / f"talk.{suffix}", babble(2, rate, channels), rate, codec))
    assert lag(babble(2)[0], samples) == 0
    assert likeness(babble(2)[0], samples) > 0.98
    assert len(samples) == pytest.approx(32_000, abs=0.05 * 16_000)


@pytest.mark.parametrize("channels", [1, 2, 4, 6])
def test_a_wav_that_names_no_speakers_is_mixed_too(channels: int, tmp_path: Path) -> None:
    """A plain WAV says how many channels it has but not where they are heard from; it is read all the same."""
    path = tmp_path / "plain.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(11_025)
        file.writeframes((babble(1, 11_025, channels).T * 32_767).astype("<i2").tobytes())
    samples = read(path)
    assert len(samples) == 16_000
    assert likeness(babble(1)[0], samples) > 0.99


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_sound_that_starts_after_the_picture_stays_late(suffix: str, tmp_path: Path) -> None:
    """Sound that a player starts half a second into the picture lies half a second into the waveform."""
    path = Recording((Track(babble(1), start=0.5),), picture_s=2).write(tmp_path / f"film.{suffix}")
    samples = read(path)
    assert lag(babble(1)[0], samples) == pytest.approx(0.5, abs=0.002)
    assert not samples[:6_000].any()


@pytest.mark.parametrize(("suffix", "codec"), [("mkv", "flac"), ("mp4", "aac"), ("webm", "libopus")])
def test_a_gap_in_the_stream_is_silence(suffix: str, codec: str, tmp_path: Path) -> None:
    """Where a recorder wrote nothing for a second, the waveform is silent and what follows keeps its time."""
    sound = babble(4, 48_000)
    path = Recording((Track(sound, 48_000, codec, hole=(1.0, 2.0)),)).write(tmp_path / f"gap.{suffix}")
    samples, original = read(path), babble(4)[0]
    assert lag(original[:16_000], samples[:16_000]) == 0
    assert np.abs(samples[17_600:31_000]).max() < 0.01
    assert abs(lag(original[33_600:], samples[33_600:])) < 0.001


def test_a_clock_that_is_set_back_does_not_fold_the_sound(tmp_path: Path) -> None:
    """Where the times of a stream start anew, as in joined broadcasts, its sound goes on after what came before."""
    first = record(tmp_path / "one.ts", babble(2, seed=1), codec="mp2").read_bytes()
    second = record(tmp_path / "two.ts", babble(2, seed=2), codec="mp2").read_bytes()
    (tmp_path / "both.ts").write_bytes(first + second)
    assert len(read(tmp_path / "both.ts")) == pytest.approx(64_000, abs=4_800)


@pytest.mark.parametrize(
    ("suffix", "codec", "options"),
    [
        ("mp3", "mp3", {}),
        ("mkv", "aac", {}),
        ("wav", "pcm_s16le", {}),
        ("flac", "flac", {}),
        ("mp4", "aac", {"movflags": "faststart"}),
    ],
)
def test_a_file_that_was_cut_off_is_read_as_far_as_it_goes(
    suffix: str, codec: str, options: dict[str, str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Half a file gives about half the sound, in its place, and one warning that says where it ends."""
    path = record(tmp_path / f"talk.{suffix}", babble(8, 44_100), 44_100, codec, **options)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    samples = read(path)
    assert 2 < len(samples) / 16_000 < 6
    assert likeness(babble(8)[0][: len(samples) - 1_600], samples) > 0.97
    (warning,) = caplog.records
    assert warning.levelname == "WARNING"
    assert f"{path.name} is cut off" in warning.message


def test_damage_in_the_middle_costs_no_more_than_itself(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Broken packets are left out with one warning; the sound before and after keeps its time."""
    path = record(tmp_path / "talk.mp4", babble(8, 44_100), 44_100)
    intact = read(path)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 1_000] = np.random.default_rng(0).bytes(1_000)
    path.write_bytes(content)
    samples = read(path)
    assert likeness(intact[:48_000], samples[:48_000]) > 0.99
    assert likeness(intact[80_000:], samples[80_000:]) > 0.99
    (warning,) = caplog.records
    assert "damaged" in warning.message


def test_an_intact_file_warns_of_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Sound that ends where the file says gives no warning, not even if the picture goes on."""
    read(Recording((Track(babble(2)),), picture_s=5).write(tmp_path / "film.mkv"))
    read(record(tmp_path / "talk.mp3", babble(2), codec="mp3"))
    assert not caplog.records


def test_a_buffer_keeps_what_lies_outside_of_its_guess() -> None:
    """A track grows as needed, is silent where nobody wrote, and drops what lies before its start."""
    buffer = SampleBuffer(0.001)
    buffer.write(-2, np.array([1, 2, 3, 4], np.float32))
    buffer.write(40_000, np.ones(2, np.float32))
    samples = buffer.finish()
    assert len(samples) == 40_002
    assert samples[:3].tolist() == [3, 4, 0]
    assert samples.sum() == 9


def test_an_absurd_length_in_a_header_does_no_harm(tmp_path: Path) -> None:
    """A header that promises years of sound does not take memory for years."""
    path = record(tmp_path / "talk.flac", babble(1), codec="flac")
    (samples,), _ = decode(Claimed(path, Sound(index=0, origin=0.0, end=1e12, stated=False)))
    assert len(samples) == 16_000
