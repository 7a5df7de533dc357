"""Recordings of any source."""

from __future__ import annotations

import io
import os
import tempfile
import wave
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any
from zipfile import ZipFile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speakerplug.errors import MediaError, UsageError
from speakerplug.media import decode_pyav
from speakerplug.media.recording import Recording
from speakerplug.media.waveform import Waveform
from tests.media_files import Recording as File
from tests.media_files import Track, babble, likeness, record
from tests.recordings import TALK


class Stream(io.RawIOBase):
    """A stream that cannot seek, as a socket or a pipe."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._data.readinto(buffer)


class Plain:
    """A file object with `read` alone."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def read(self, size: int = -1, /) -> bytes:
        return self._data.read(size)


def spooled(data: bytes) -> IO[bytes]:
    """Return a file object as web frameworks hold uploads."""
    file = tempfile.SpooledTemporaryFile()  # noqa: SIM115 - the test's end closes it
    file.write(data)
    return file


def in_the_middle(data: bytes) -> IO[bytes]:
    """Return a file object of which the first bytes were read already, as by a format check."""
    file = io.BytesIO(data)
    file.read(1000)
    return file


def in_an_archive(data: bytes) -> IO[bytes]:
    """Return a file object within a ZIP archive."""
    archive = io.BytesIO()
    with ZipFile(archive, "w") as writer:
        writer.writestr("calls/talk.mp4", data)
    return ZipFile(archive).open("calls/talk.mp4")


HELD: dict[str, Callable[[bytes], Any]] = {
    "bytes": bytes,
    "bytearray": bytearray,
    "memoryview": memoryview,
    "BytesIO": io.BytesIO,
    "upload": spooled,
    "in the middle": in_the_middle,
    "archive": in_an_archive,
    "stream": Stream,
    "read alone": Plain,
}


@pytest.fixture(scope="module")
def by_path(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """Return six seconds of film by path, which keep what they have decoded."""
    audio = babble(6.0, channels=2)
    audio[1] = babble(6.0, seed=1)[0]
    return Recording.of(File((Track(audio),), picture_s=6.0).write(tmp_path_factory.mktemp("held") / "talk.mp4"))


@pytest.mark.parametrize("held", HELD.values(), ids=HELD)
def test_recording_of_bytes_or_file_object_has_the_samples_of_the_path(
    held: Callable[[bytes], Any], by_path: Recording
) -> None:
    """Bytes and file objects decode as the file on disk, bit for bit: mixed, by channel, and in excerpts."""
    path = by_path.path
    assert path is not None
    by_file = Recording.of(held(path.read_bytes()), "talk.mp4")
    np.testing.assert_array_equal(by_file.mono().samples, by_path.mono().samples)
    np.testing.assert_array_equal(by_file.excerpts(), by_path.excerpts())
    for one, other in zip(by_file.channels(), by_path.channels(), strict=True):
        np.testing.assert_array_equal(one.samples, other.samples)
    assert by_file.name == by_file.mono().name == by_path.name == "talk.mp4"
    assert by_file.path is None


class Place(os.PathLike[Any]):
    """A path-like object of str or bytes."""

    def __init__(self, path: str | bytes) -> None:
        self.path = path

    def __fspath__(self) -> Any:
        return self.path


@pytest.mark.parametrize("source", [str(TALK), TALK, Place(str(TALK)), Place(os.fsencode(TALK))])
def test_recording_of_a_path_in_any_form_is_the_file(source: Any) -> None:
    """Text, a Path, and anything with `__fspath__`, also of bytes, give the file."""
    assert Recording.of(source).path == TALK


def test_recording_of_an_open_file_keeps_its_name_and_leaves_it_open(tmp_path: Path) -> None:
    """A file object that knows its path is named after it, and its opener closes it."""
    with record(tmp_path / "call.wav", babble(0.2), codec="pcm_s16le").open("rb") as file:
        recording = Recording.of(file)
        assert recording.mono().duration == 0.2
        assert not file.closed
    assert recording.name == "call.wav"


def test_recording_of_a_cut_off_wav_in_memory_logs_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    """The header of half a WAV in memory shows that there was more."""
    whole = io.BytesIO()
    with wave.open(whole, "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes((babble(8)[0] * 32_767).astype("<i2").tobytes())
    assert Recording.of(whole.getvalue()[: len(whole.getvalue()) // 2], "call.wav").mono().duration < 5
    assert "call.wav is cut off" in caplog.text


def test_recording_of_a_recording_is_the_same() -> None:
    """A recording is passed on with what it has decoded."""
    recording = Recording.of(np.zeros(16_000, np.float32))
    assert Recording.of(recording) is recording


def test_recording_of_a_waveform_is_decoded_already() -> None:
    """A waveform is taken as it is."""
    waveform = Waveform.of(babble(1), "talk.wav")
    recording = Recording.of(waveform)
    assert recording.is_decoded
    assert recording.mono() is waveform
    np.testing.assert_array_equal(recording.channels()[0].samples, waveform.samples)
    assert (recording.name, recording.channel_count) == ("talk.wav", 1)


def test_recording_of_samples_has_their_channels() -> None:
    """Rows are channels, and their mean is the mix; a tensor serves as an array does."""
    import torch

    audio = np.concatenate([babble(1), babble(1, seed=1)])
    for samples in (audio, torch.from_numpy(audio)):
        recording = Recording.of(samples)
        assert recording.is_decoded
        assert recording.channel_count == 2
        np.testing.assert_array_equal(np.stack([w.samples for w in recording.channels()]), audio)
        np.testing.assert_array_equal(recording.mono().samples, Waveform.of(audio).samples)


@settings(max_examples=20, deadline=None)
@given(st.sampled_from([8_000, 11_025, 22_050, 44_100, 48_000, 96_000]), st.floats(0.3, 2.0))
def test_recording_of_samples_at_any_rate_is_resampled(rate: int, seconds: float) -> None:
    """Audio at any rate is resampled to 16 kHz, as long as before and in the same place; each channel too."""
    recording = Recording.of(babble(seconds, rate, 2), rate=rate)
    for waveform in (recording.mono(), *recording.channels()):
        assert waveform.duration == pytest.approx(seconds, abs=0.001)
        assert likeness(waveform.samples, babble(seconds)[0]) > 0.99


@pytest.mark.parametrize("rate", [0, -16_000, 1, 1e12, float("nan"), 10**400, "8000", None, True])
def test_recording_of_samples_at_an_impossible_rate_is_refused(rate: Any) -> None:
    """What is no number, or no rate at which anything records, is refused before resampling."""
    with pytest.raises(UsageError, match=r"rate is .*; it must be a number from 1,000 to 768,000"):
        Recording.of(np.zeros(100), rate=rate)
    with pytest.raises(UsageError, match="rate is"):
        Recording.of(TALK, rate=rate)


def test_recording_of_a_waveform_that_is_not_finite_is_refused() -> None:
    """Samples that are not finite are refused here, not blamed on a diarizer later."""
    with pytest.raises(MediaError, match="not finite"):
        Recording.of(Waveform(np.full(100, np.nan, np.float32)))


@pytest.mark.parametrize(
    "url",
    [
        *("https://example.org/a.mp4", "HTTP://example.org/a", "s3://bucket/a.wav", "rtsp://cam/1", "file:///a.wav"),
        "www.example.com/watch?v=1",
    ],
)
def test_recording_of_a_url_is_refused_with_what_to_do(url: str) -> None:
    """A URL is not taken for a missing file, also where Path has dropped one of its slashes."""
    for source in (url, Path(url)):
        with pytest.raises(UsageError, match="is a URL, not a file: download it first"):
            Recording.of(source)


def test_recording_of_a_path_that_looks_like_a_url_is_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An existing file is a file, whatever its name."""
    (tmp_path / "take:").mkdir()
    record(tmp_path / "take:" / "1.wav", babble(0.1), codec="pcm_s16le")
    monkeypatch.chdir(tmp_path)
    assert Recording.of("take:/1.wav").mono().duration == 0.1


class Upload:
    """An upload with async methods, as of FastAPI."""

    async def read(self, size: int = -1) -> bytes:
        return b""


@pytest.mark.parametrize("source", [None, 3, ["a.wav", "b.wav"], {"path": "a.wav"}, object(), Upload()])
def test_recording_of_something_else_is_refused_with_what_is_accepted(source: Any) -> None:
    """The message names the type that is refused, and what is accepted."""
    with pytest.raises(UsageError, match=f"type {type(source).__name__} is not a recording: give a path"):
        Recording.of(source)


def closed() -> IO[bytes]:
    file = io.BytesIO(b"x")
    file.close()
    return file


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: b"", MediaError, "The audio is empty"),
        (lambda: b"Notes about the talk. " * 50, MediaError, "The audio is not a readable recording"),
        (lambda: io.StringIO("talk"), UsageError, "open as text"),
        (closed, MediaError, "closed file"),
    ],
)
def test_recording_of_bytes_or_file_object_without_audio_is_refused(
    make: Callable[[], Any], error: type[Exception], words: str
) -> None:
    """Empty bytes, text, and a file that is open as text or closed give one sentence with what to do."""
    with pytest.raises(error, match=words) as caught:
        Recording.of(make()).mono()
    assert str(caught.value).endswith(".")


def test_mono_of_a_file_that_breaks_off_raises_media_error(tmp_path: Path) -> None:
    """A network drive that disappears while an upload is decoded gives one sentence."""
    data = record(tmp_path / "long.wav", babble(30, 44_100), 44_100, "pcm_s16le").read_bytes()

    class Breaking(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() > 1_000_000:
                raise OSError("the drive is gone")
            return super().read(size)

    with pytest.raises(MediaError, match="the drive is gone"):
        Recording.of(Breaking(data)).mono()


def test_mono_from_two_threads_decodes_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one thread decodes serves the other."""
    real, decodings = decode_pyav.decode, []

    def counted(*given: Any) -> Any:
        decodings.append(given)
        return real(*given)

    monkeypatch.setattr(decode_pyav, "decode", counted)
    recording = Recording.of(TALK)
    with ThreadPoolExecutor(2) as pool:
        one, other = (pool.submit(recording.mono) for _ in range(2))
        assert one.result() is other.result()
    assert len(decodings) == 1


@pytest.mark.slow
def test_excerpts_of_a_long_file_are_three_minutes_in_total(tmp_path: Path) -> None:
    """However long the recording, the excerpts of its channels have a fixed length."""
    level = np.repeat(np.linspace(0.1, 0.9, 240, dtype=np.float32), 8_000)
    path = record(tmp_path / "long.wav", np.stack([level, -level / 2]), 8_000, "pcm_s16le")
    recording = Recording.of(path)
    left, right = recording.excerpts()
    assert 180 <= len(left) / 16_000 < 190
    assert left[1000] == pytest.approx(0.1, abs=0.01)
    assert left[-1000] == pytest.approx(0.9, abs=0.01)
    np.testing.assert_allclose(right, -left / 2, atol=0.01)
    assert recording.mono().duration == 240
    samples = Recording.of(np.stack([np.repeat(level, 2), -np.repeat(level, 2) / 2])).excerpts()
    assert np.shape(samples) == (2, 180 * 16_000)


@pytest.mark.parametrize("channels", [1, 9])
def test_excerpts_of_one_or_too_many_channels_are_empty(channels: int) -> None:
    """One channel, or a microphone array, is not inspected."""
    assert [len(each) for each in Recording.of(babble(1, channels=channels)).excerpts()] == [0] * channels
