from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import resample_poly

from speakerplug.errors import MediaError
from speakerplug.media import recording as media
from speakerplug.media.recording import read_waveform
from speakerplug.media.waveform import mixed
from tests.media_files import Recording, Track, babble, lag, likeness, record
from tests.recordings import call_path


def test_read_waveform_keeps_the_file_name_without_its_folder(tmp_path: Path) -> None:
    """A waveform is named after its file; its samples are read-only float32; paths may be strings."""
    waveform = read_waveform(str(record(tmp_path / "our talk.wav", babble(0.5), codec="pcm_s16le")))
    assert waveform.name == "our talk.wav"
    assert waveform.samples.dtype == np.float32
    assert not waveform.samples.flags.writeable
    assert waveform.duration == 0.5


def test_read_waveform_name_like_a_protocol_is_read_as_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file name that FFmpeg would take for a protocol is read as a file."""
    record(tmp_path / "plain.wav", babble(0.5), codec="pcm_s16le").rename(tmp_path / "concat:me.wav")
    monkeypatch.chdir(tmp_path)
    assert read_waveform("concat:me.wav").duration == 0.5


def test_read_waveform_reads_fifty_milliseconds(tmp_path: Path) -> None:
    """A twentieth of a second is audio like any other: 800 samples."""
    assert len(read_waveform(record(tmp_path / "blip.wav", babble(0.05), codec="pcm_s16le")).samples) == 800


def test_read_waveform_never_goes_beyond_full_scale(tmp_path: Path) -> None:
    """Channels that add up to more than full scale are scaled down as a whole, not clipped."""
    loud = 3.9 * babble(1, 48_000, 6)
    samples = read_waveform(record(tmp_path / "loud.wav", loud, 48_000, "pcm_f32le")).samples
    assert np.abs(samples).max() == pytest.approx(1.0)
    assert likeness(samples, babble(1)[0]) > 0.999


def test_read_waveform_samples_not_finite_are_silenced(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Samples that are not finite become silence, with a warning, and the rest stays."""
    audio = babble(1)
    audio[0, 8000:8010] = np.nan
    samples = read_waveform(record(tmp_path / "broken.wav", audio, codec="pcm_f32le")).samples
    assert np.isfinite(samples).all()
    assert likeness(samples, babble(1)[0]) > 0.99
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_read_waveform_reports_progress(tmp_path: Path) -> None:
    """Progress counts up in seconds of audio and ends at the total."""
    reports: list[tuple[str, float, float]] = []
    path = record(tmp_path / "long.flac", np.tile(babble(10), 3), codec="flac")
    read_waveform(path, lambda *report: reports.append(report))
    assert {step for step, _, _ in reports} == {"decoding"}
    done = [seconds for _, seconds, _ in reports]
    assert len(done) > 3
    assert done == sorted(done)
    assert reports[-1] == ("decoding", 30.0, 30.0)
    assert all(seconds <= total for _, seconds, total in reports)


@pytest.mark.parametrize(("suffix", "codec"), [("wav", "pcm_s16le"), ("flac", "flac"), ("mp4", "aac"), ("mkv", "aac")])
@pytest.mark.parametrize("channels", [1, 2, 4, 6])
def test_channels_of_a_file_are_kept_apart(suffix: str, codec: str, channels: int, tmp_path: Path) -> None:
    """Each channel comes out in its place, at its level, as long as the others, and only there."""
    signals = np.concatenate([babble(2, 44_100, seed=seed) / (1 + seed) for seed in range(channels)])
    read = media.Recording.of(record(tmp_path / f"call.{suffix}", signals, 44_100, codec)).channels()
    assert len({len(waveform.samples) for waveform in read}) == 1
    assert {waveform.name for waveform in read} == {f"call.{suffix}"}
    true = [babble(2, seed=seed)[0] / (1 + seed) for seed in range(channels)]
    low = 3 if (codec, channels) == ("aac", 6) else None  # the fourth of six is made for low notes alone
    for number, waveform in enumerate(read):
        assert not waveform.samples.flags.writeable
        if number != low:
            fit = [abs(likeness(signal, waveform.samples)) for signal in true]
            assert int(np.argmax(fit)) == number
            assert fit[number] > 0.95
            assert np.std(waveform.samples) == pytest.approx(np.std(true[number]), rel=0.1)


def test_channels_of_a_file_are_on_the_players_clock(tmp_path: Path) -> None:
    """Audio that starts late or has a gap lies in every channel where a player would play it."""
    signals = np.concatenate([babble(4, 48_000), babble(4, 48_000, seed=1)])
    late = Track(signals, 48_000, "flac", start=0.5, hole=(1.0, 2.0))
    path = Recording((late,), picture_s=5).write(tmp_path / "late.mkv")
    for seed, waveform in enumerate(media.Recording.of(path).channels()):
        true = np.concatenate([np.zeros(8_000, np.float32), babble(4, seed=seed)[0]])
        assert likeness(true[:23_000], waveform.samples[:23_000]) > 0.98
        assert likeness(true[41_000:], waveform.samples[41_000:]) > 0.98
        assert np.abs(waveform.samples[25_000:39_000]).max() < 0.01


def test_channels_mean_is_the_mix(tmp_path: Path) -> None:
    """The mean of two channels is what `read_waveform` reads, at a level of its own."""
    signals = np.concatenate([babble(1), babble(1, seed=1)])
    path = record(tmp_path / "call.wav", signals, codec="pcm_s16le")
    assert likeness(mixed(media.Recording.of(path).channels()).samples, read_waveform(path).samples) > 0.9999


def test_channels_beyond_full_scale_keep_relative_levels(tmp_path: Path) -> None:
    """Where one channel exceeds full scale, all are scaled down alike."""
    signals = np.concatenate([9 * babble(1), 0.3 * babble(1, seed=1)])
    path = record(tmp_path / "call.wav", signals, codec="pcm_f32le")
    loud, quiet = (waveform.samples for waveform in media.Recording.of(path).channels())
    assert np.abs(loud).max() == pytest.approx(1.0)
    assert np.std(loud) / np.std(quiet) == pytest.approx(np.std(signals[0]) / np.std(signals[1]), rel=0.01)


def missing(folder: Path) -> Path:
    return folder / "nothing.mp4"


def a_folder(folder: Path) -> Path:
    return folder


def empty(folder: Path) -> Path:
    (folder / "empty.mp4").touch()
    return folder / "empty.mp4"


def text(folder: Path) -> Path:
    (folder / "notes.mp4").write_text("Not audio but notes about the talk.\n" * 50)
    return folder / "notes.mp4"


def silent_film(folder: Path) -> Path:
    return Recording(picture_s=0.5).write(folder / "film.mp4")


def cut_off(folder: Path) -> Path:
    whole = record(folder / "whole.mp4", babble(1)).read_bytes()
    (folder / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    return folder / "cut.mp4"


def only_a_header(folder: Path) -> Path:
    whole = record(folder / "whole.wav", babble(1), codec="pcm_s16le").read_bytes()
    (folder / "header.wav").write_bytes(whole[: whole.index(b"data") + 8])
    return folder / "header.wav"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (missing, "no file"),
        (a_folder, "is a folder"),
        (empty, "is empty"),
        (text, "not a readable recording"),
        (silent_film, "has no audio stream"),
        (cut_off, "cut off"),
        (only_a_header, "damaged"),
    ],
)
def test_read_waveform_unreadable_file_gives_one_sentence(
    make: Callable[[Path], Path], words: str, tmp_path: Path
) -> None:
    """A file without audio gives one sentence that names the file, says what is wrong and what to do."""
    path = make(tmp_path)
    with pytest.raises(MediaError, match=words) as caught:
        read_waveform(path)
    message = str(caught.value)
    assert message.count(str(path)) == 1
    assert str(path) in message
    assert "\n" not in message
    assert message.endswith(".")


def test_read_waveform_error_keeps_ffmpegs_cause(tmp_path: Path) -> None:
    """FFmpeg's own error is kept as the cause of ours."""
    with pytest.raises(MediaError) as caught:
        read_waveform(text(tmp_path))
    assert "Invalid data" in str(caught.value.__cause__)


def test_read_waveform_without_permission_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file without permission to read is not called damaged."""

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = record(tmp_path / "talk.wav", babble(0.1), codec="pcm_s16le")
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(MediaError, match="permissions") as caught:
        read_waveform(path)
    assert isinstance(caught.value.__cause__, PermissionError)


def test_read_waveform_missing_file_imports_nothing_heavy() -> None:
    """Neither the module nor a wrong path costs the import of torch or of a decoder."""
    script = """
import sys
from speakerplug.errors import MediaError
from speakerplug.media.recording import read_waveform
try:
    read_waveform("nothing.mp4")
except MediaError:
    print(sorted({"torch", "torchcodec", "av"} & set(sys.modules)))
"""
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout.strip() == "[]"


def test_read_waveform_real_speech_matches_its_lossless_original(tmp_path: Path) -> None:
    """Real speech from AAC at 44.1 kHz in a video is within 5 ms of the lossless 16 kHz original."""
    original = read_waveform(call_path())
    finer = resample_poly(original.samples, 441, 160).astype(np.float32)
    video = read_waveform(Recording((Track(finer[None], 44_100),), picture_s=1.0).write(tmp_path / "call.mp4"))
    assert abs(lag(original.samples, video.samples)) < 0.005
    assert video.duration == pytest.approx(original.duration, abs=0.05)
