"""A long recording is on disk, and reads like one in memory."""

from __future__ import annotations

import errno
import os
import pickle
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.errors import MediaError
from speakerplug.media.recording import Recording
from speakerplug.media.waveform import SAMPLE_RATE, SampleBuffer, SampleFile, Samples, Waveform, buffer, mixed
from tests.media_files import babble, record

seconds = st.floats(-1, 4) | st.sampled_from([0.0, float("inf"), float("-inf")])


def on_disk(samples: Samples) -> Waveform:
    """Return the waveform of samples that are on disk."""
    file = SampleFile()
    file.write(0, samples)
    return Waveform.stored(file, "long.wav")


def mono(length_s: float) -> Samples:
    """Return something like speech, shape (n,)."""
    return babble(length_s)[0]


@pytest.fixture
def all_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every recording written to disk, from its first tenth of a second on."""
    monkeypatch.setattr(buffer, "MAX_IN_MEMORY_S", 0.1)


@given(st.integers(1, 50_000), seconds, seconds, st.floats(1e-5, 5))
def test_span_and_blocks_on_disk_equal_those_in_memory(length: int, start: float, end: float, block_s: float) -> None:
    """Whatever is asked for, both give the same read-only samples, and the blocks are the whole."""
    block_s = max(block_s, length / SAMPLE_RATE / 50)
    samples = np.random.default_rng(length).uniform(-1, 1, length).astype(np.float32)
    disk, memory = on_disk(samples), Waveform.of(samples)
    np.testing.assert_array_equal(disk.span(start, end), memory.span(start, end))
    for one, other in zip(disk.blocks(block_s), memory.blocks(block_s), strict=True):
        np.testing.assert_array_equal(one, other)
        assert not one.flags.writeable
        assert not other.flags.writeable
    np.testing.assert_array_equal(np.concatenate(list(disk.blocks(block_s))), samples)
    np.testing.assert_array_equal(disk.samples, memory.samples)
    assert disk.duration == memory.duration


def test_samples_on_disk_are_a_read_only_map() -> None:
    """Code that takes an array gets one, of which only the parts in use are in memory."""
    waveform = on_disk(mono(1))
    assert isinstance(waveform.samples, np.memmap)
    assert not waveform.samples.flags.writeable


def test_sample_file_is_read_by_several_threads_at_once() -> None:
    """No thread moves the position of another."""
    samples = np.arange(100_000, dtype=np.float32)
    waveform = on_disk(samples)

    def right(first: int) -> bool:
        """Return whether a read gives what was written."""
        return bool((waveform.read(first, first + 1000) == samples[first : first + 1000]).all())

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(right, range(0, 99_000, 100)))


def test_sample_file_without_pread_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows has no pread."""
    monkeypatch.delattr(os, "pread", raising=False)
    samples = mono(0.5)
    np.testing.assert_array_equal(on_disk(samples).span(0.1, 0.2), samples[1600:3200])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="POSIX only")
def test_sample_file_has_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kill leaves nothing behind, because the file has no name; it lies in the folder that TMPDIR names."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = os.statvfs(tmp_path).f_fsid
    file = SampleFile()
    file.write(0, mono(1))
    assert list(tmp_path.iterdir()) == []
    assert os.fstat(file.fileno()).st_nlink == 0
    assert os.statvfs(tmp_path).f_fsid == before


def test_sample_file_on_a_full_disk_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the cause, the room that is needed and how to use another disk."""

    class Full:
        """A file on a full disk."""

        def seek(self, position: int) -> None:
            """Do nothing."""

        def write(self, data: bytes) -> int:
            """Raise the error of a full disk."""
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(MediaError, match=r"No space left on device.*230 MB.*TMPDIR"):
        SampleFile(Full()).write(0, mono(0.1))  # type: ignore[arg-type]


def test_sample_file_that_was_cut_short_is_refused() -> None:
    """Samples that are gone are an error, not silence."""
    file = SampleFile()
    file.write(0, mono(1))
    os.truncate(file.fileno(), 4000)
    with pytest.raises(MediaError, match="cut short"):
        file.read(0, 16_000)


def test_no_folder_for_temporary_files_is_an_error_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no temporary file can be created the message names TMPDIR."""
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere/at/all")
    with pytest.raises(MediaError, match="TMPDIR"):
        SampleFile()


@pytest.mark.parametrize("limit", [1e9, 1.0])
def test_sample_buffer_grows_beyond_its_estimate(monkeypatch: pytest.MonkeyPatch, limit: float) -> None:
    """A buffer grows as needed, is silent where nothing was written, and drops what lies before its start."""
    monkeypatch.setattr(buffer, "MAX_IN_MEMORY_S", limit)
    written = SampleBuffer(0.001)
    written.write(-2, np.array([1, 2, 3, 4], np.float32))
    written.write(40_000, np.ones(2, np.float32))
    samples = Waveform.stored(written.finish()).samples
    assert isinstance(samples, np.memmap) == (limit == 1.0)
    assert len(samples) == 40_002
    assert samples[:3].tolist() == [3, 4, 0]
    assert samples.sum() == 9


@pytest.mark.parametrize("seconds", [None, 0.01, 60.0])
def test_sample_buffer_moves_to_disk_whatever_was_estimated(all_long: None, seconds: float | None) -> None:
    """What was written in memory before the recording proved to be long is not lost."""
    samples, written = mono(3), SampleBuffer(seconds)
    for first in range(0, len(samples), 1000):
        written.write(first, samples[first : first + 1000])
    stored = written.finish()
    assert isinstance(stored, SampleFile)
    np.testing.assert_array_equal(stored.read(0, len(samples)), samples)


def test_pickled_waveform_on_disk_carries_its_samples() -> None:
    """A copy in another process has the samples in memory."""
    samples = mono(1)
    restored = pickle.loads(pickle.dumps(on_disk(samples)))
    np.testing.assert_array_equal(restored.samples, samples)
    assert (restored.name, restored.file, type(restored.samples)) == ("long.wav", None, np.ndarray)


@pytest.mark.parametrize("channels", [1, 2])
def test_recording_on_disk_equals_that_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, channels: int
) -> None:
    """A file gives the same samples, mixed and by channel, also where they exceed full scale or are not finite."""
    audio = 3 * babble(2, channels=channels)
    audio[..., 5000:5003] = [np.nan, np.inf, -np.inf]
    path = record(tmp_path / "talk.wav", audio, codec="pcm_f32le")
    memory = Recording.of(path)
    expected = [memory.mono(), *memory.channels()]
    monkeypatch.setattr(buffer, "MAX_IN_MEMORY_S", 0.1)
    disk = Recording.of(path)
    for waveform, same in zip([disk.mono(), *disk.channels()], expected, strict=True):
        assert waveform.file is not None
        np.testing.assert_array_equal(waveform.samples, same.samples)
    for excerpt, same_excerpt in zip(disk.excerpts(), memory.excerpts(), strict=True):
        np.testing.assert_array_equal(excerpt, same_excerpt)


@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_given_samples_that_are_long_go_to_disk(monkeypatch: pytest.MonkeyPatch, rate: int) -> None:
    """Samples in memory are copied to disk if they are long, and are the same there."""
    audio = (babble(4, channels=2) * 32767).astype(np.int16)
    memory = Recording.of(audio, rate=rate).mono()
    monkeypatch.setattr(buffer, "MAX_IN_MEMORY_S", 0.1)
    disk = Recording.of(audio, rate=rate).mono()
    assert disk.file is not None
    np.testing.assert_array_equal(disk.samples, memory.samples)


def test_mix_of_channels_on_disk_is_on_disk(all_long: None) -> None:
    """The mean of long channels is never in memory as a whole."""
    audio = babble(3, channels=2)
    mix = mixed([on_disk(channel) for channel in audio])
    assert mix.file is not None
    np.testing.assert_allclose(mix.samples, audio.mean(axis=0), atol=1e-6)
