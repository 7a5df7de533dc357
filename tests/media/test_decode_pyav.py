from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from speakerplug.media.decode_pyav import decode
from speakerplug.media.file import MediaFile
from speakerplug.media.probe import StreamInfo
from speakerplug.media.waveform import SampleFile
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


@pytest.mark.slow
@pytest.mark.parametrize(("suffix", "codec", "rate"), KINDS)
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_decode_any_container_and_codec_gives_the_same_audio(
    suffix: str, codec: str, rate: int, channels: int, tmp_path: Path
) -> None:
    """The audio is in its place to the sample, whatever the container, codec, rate and number of channels."""
    if (codec, channels) == ("mp3", 6):
        channels = 2
    samples = read(record(tmp_path / f"talk.{suffix}", babble(2, rate, channels), rate, codec))
    assert lag(babble(2)[0], samples) == 0
    assert likeness(babble(2)[0], samples) > 0.98
    assert len(samples) == pytest.approx(32_000, abs=0.05 * 16_000)


@pytest.mark.parametrize("channels", [1, 2, 4, 6])
def test_decode_wav_without_channel_layout_is_mixed(channels: int, tmp_path: Path) -> None:
    """A plain WAV, which states the number of channels but not their layout, is mixed to mono."""
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
def test_decode_audio_after_video_stays_late(suffix: str, tmp_path: Path) -> None:
    """Audio that starts half a second after the video starts half a second into the waveform."""
    path = Recording((Track(babble(1), start=0.5),), picture_s=2).write(tmp_path / f"film.{suffix}")
    samples = read(path)
    assert lag(babble(1)[0], samples) == pytest.approx(0.5, abs=0.002)
    assert not samples[:6_000].any()


@pytest.mark.parametrize(("suffix", "codec"), [("mkv", "flac"), ("mp4", "aac"), ("webm", "libopus")])
def test_decode_gap_in_the_stream_is_silent(suffix: str, codec: str, tmp_path: Path) -> None:
    """Where a recorder wrote nothing for a second, the waveform is silent and what follows keeps its time."""
    audio = babble(4, 48_000)
    path = Recording((Track(audio, 48_000, codec, hole=(1.0, 2.0)),)).write(tmp_path / f"gap.{suffix}")
    samples, original = read(path), babble(4)[0]
    assert lag(original[:16_000], samples[:16_000]) == 0
    assert np.abs(samples[17_600:31_000]).max() < 0.01
    assert abs(lag(original[33_600:], samples[33_600:])) < 0.001


def test_decode_clock_set_back_continues_after_the_last_frame(tmp_path: Path) -> None:
    """Where the times of a stream start again, as in joined broadcasts, its audio continues after what came before."""
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
def test_decode_file_cut_off_is_read_to_its_end_with_a_warning(
    suffix: str, codec: str, options: dict[str, str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Half a file gives about half the audio, in its place, and one warning that says where it ends."""
    path = record(tmp_path / f"talk.{suffix}", babble(8, 44_100), 44_100, codec, **options)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    samples = read(path)
    assert 2 < len(samples) / 16_000 < 6
    assert likeness(babble(8)[0][: len(samples) - 1_600], samples) > 0.97
    (warning,) = caplog.records
    assert warning.levelname == "WARNING"
    assert f"{path.name} is cut off" in warning.message


def test_decode_damage_in_the_middle_keeps_the_rest(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Broken packets are left out with one warning; the audio before and after keeps its time."""
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


def test_decode_intact_file_logs_no_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Audio that ends where the file says gives no warning, even if the video goes on."""
    read(Recording((Track(babble(2)),), picture_s=5).write(tmp_path / "film.mkv"))
    read(record(tmp_path / "talk.mp3", babble(2), codec="mp3"))
    assert not caplog.records


def test_decode_absurd_stated_length_allocates_no_memory(tmp_path: Path) -> None:
    """A header that states years of audio does not allocate memory for years; the samples go to disk."""
    path = record(tmp_path / "talk.flac", babble(1), codec="flac")
    (samples,), _ = decode(Claimed(path, StreamInfo(index=0, origin=0.0, end=1e12, stated=False)))
    assert isinstance(samples, SampleFile)
    assert len(samples) == 16_000
