"""A part of a recording: its times, and its samples, which are those that decoding all of it gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from speakerplug import Recording, UsageError, Waveform
from speakerplug.media.part import Part, seconds_of
from tests.media_files import Recording as File
from tests.media_files import Track, babble

START, END = 7.25, 11.5


@pytest.mark.parametrize(("given", "seconds"), [("00:02:30.5", 150.5), (7, 7.0), (None, None)])
def test_seconds_of_a_time_returns_seconds(given: Any, seconds: float | None) -> None:
    """Text as people type it, and numbers."""
    assert seconds_of("start", given) == seconds


@pytest.mark.parametrize("given", ["2:75", -1, float("nan"), float("inf"), True])
def test_seconds_of_what_is_no_time_is_refused(given: Any) -> None:
    """The message names the option and shows how to write it."""
    with pytest.raises(UsageError, match=r"start is .*2:30"):
        seconds_of("start", given)


def test_part_that_ends_before_it_starts_is_refused() -> None:
    """So is an empty one."""
    with pytest.raises(UsageError, match=r"end 0:01:00 is not after start 0:02:00"):
        Part.of("2:00", 60)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("suffix", "codec", "tolerance"),
    [
        ("wav", "pcm_s16le", 1e-3),
        ("flac", "flac", 1e-3),
        ("mp4", "aac", 2e-2),
        ("mkv", "aac", 2e-2),
        ("mp3", "mp3", 2e-2),
        ("ogg", "libopus", 2e-2),
        ("ts", "aac", 2e-2),
        ("aac", "aac", 2e-2),
    ],
)
@pytest.mark.parametrize("is_mixed", [True, False])
def test_cut_file_has_the_samples_of_the_whole(
    tmp_path: Path, suffix: str, codec: str, tolerance: float, is_mixed: bool
) -> None:
    """At the same times, whatever the container, mixed or by channel; the duration is that of the recording."""
    rate = 48_000 if codec == "libopus" else 16_000
    path = File((Track(babble(20.0, rate, 2), rate, codec),)).write(tmp_path / f"talk.{suffix}")
    whole, cut = Recording.of(path), Recording.of(path).cut(Part(START, END))
    expected = whole.mono() if is_mixed else whole.channels()[1]
    found = cut.mono() if is_mixed else cut.channels()[1]
    assert (found.start, found.duration) == (START, END - START)
    assert np.abs(found.samples - expected.span(START, END)).max() < tolerance
    assert cut.duration(found.duration) == pytest.approx(expected.duration, abs=0.5)  # AAC without a container guesses


@pytest.mark.parametrize("source", [babble(20.0)[0], babble(20.0, channels=2), Waveform.of(babble(20.0)[0])])
def test_cut_samples_are_those_of_the_part(source: Any) -> None:
    """Samples in memory are cut, too."""
    cut = Recording.of(source).cut(Part(START, END))
    assert cut.mono().start == START
    assert np.array_equal(cut.mono().samples, Recording.of(source).mono().span(START, END))
    assert cut.duration(END - START) == 20.0


def test_cut_only_to_the_end_reads_what_there_is(tmp_path: Path) -> None:
    """An end beyond that of the recording is that of the recording."""
    path = File((Track(babble(5.0)),)).write(tmp_path / "talk.mp4")
    for part in (Part(3.0), Part(3.0, 60.0)):
        cut = Recording.of(path).cut(part)
        assert cut.mono().duration == pytest.approx(2.0, abs=0.1)
        assert cut.duration(cut.mono().duration) == pytest.approx(5.0, abs=0.1)


@pytest.mark.parametrize("suffix", ["wav", "mp3", "ts"])
def test_cut_that_starts_after_the_recording_is_refused(tmp_path: Path, suffix: str) -> None:
    """One sentence says when the recording ends."""
    codec = {"wav": "pcm_s16le", "mp3": "mp3", "ts": "aac"}[suffix]
    path = File((Track(babble(5.0), 16_000, codec),)).write(tmp_path / f"talk.{suffix}")
    with pytest.raises(UsageError, match=r"ends.*before start 0:02:30"):
        Recording.of(path).cut(Part(150.0)).mono()
    with pytest.raises(UsageError, match=r"ends at 0:00:05, before start 0:02:30"):
        Recording.of(babble(5.0)).cut(Part(150.0))


def test_cut_that_is_silent_in_the_file_is_silence(tmp_path: Path) -> None:
    """A part within a hole of the recording has its length."""
    path = File((Track(babble(20.0), hole=(5.0, 12.0)),)).write(tmp_path / "talk.mkv")
    found = Recording.of(path).cut(Part(6.0, 10.0)).mono()
    assert found.duration == 4.0
    assert np.abs(found.samples).max() < 1e-3
