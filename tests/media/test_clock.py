"""Streams whose clock jumps: their times follow the decoded samples."""

from __future__ import annotations

import resource
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.media.clock import GENERIC_INDEX, TS_DISCONT, ClockKind, SteadyClock, kind_of
from speakerplug.media.recording import read_waveform
from speakerplug.media.waveform import Samples
from tests.media_files import Recording, Track, babble, lag, record

HOUR = 3600.0


def place_of(part: Samples, samples: Samples) -> float:
    """Return the second of `samples`, at 16 kHz, at which `part` begins."""
    return lag(part, samples) % ((len(part) + len(samples)) / 16_000)


def container(flags: int) -> Any:
    return SimpleNamespace(format=SimpleNamespace(flags=flags))


def moved(packets: list[tuple[int, float]], flags: int = TS_DISCONT) -> list[float]:
    """Return the times of packets (stream, start) of a second each, as the clock moves them; stream 0 is audio."""
    clock, times = SteadyClock(container(flags)), []
    for index, start in packets:
        stream = SimpleNamespace(index=index, type="audio" if index == 0 else "video")
        ticks = round(start * 90_000)
        packet = SimpleNamespace(dts=ticks, pts=ticks, duration=90_000, time_base=Fraction(1, 90_000), stream=stream)
        clock.move(cast(Any, packet))
        times.append(packet.pts / 90_000)
    return times


@given(st.lists(st.floats(-1e5, 1e5).filter(lambda jump: jump < -2 or jump > 11), max_size=5))
def test_steady_clock_jumps_of_all_streams_are_closed_and_streams_stay_in_step(jumps: list[float]) -> None:
    """Any jump, forward or back, leaves the streams where they would be without it."""
    packets, expected, base = [], [], 0.0
    for number, jump in enumerate([0.0, *jumps]):
        base += jump
        for start in range(6 * number, 6 * number + 6):
            packets += [(0, base + start), (1, base + start + 0.25)]
            expected += [start, start + 0.25]
    assert moved(packets) == pytest.approx(expected, abs=1e-4)


def test_steady_clock_gap_that_another_stream_fills_is_kept() -> None:
    """Audio that is missing for half a minute of a film comes back where the picture is."""
    packets = [(0, 0.0), *((1, float(second)) for second in range(31)), (0, 30.0), (1, 31.0), (0, 31.0)]
    assert moved(packets) == [start for _, start in packets]


@pytest.mark.parametrize(("flags", "kind"), [(0, ClockKind.STORED), (GENERIC_INDEX, ClockKind.COUNTED)])
def test_steady_clock_of_other_containers_is_left_alone(flags: int, kind: ClockKind) -> None:
    """Players show their gaps."""
    assert kind_of(container(flags)) is kind
    assert moved([(0, 0.0), (0, 60.0), (0, 2.0)], flags) == [0.0, 60.0, 2.0]


@pytest.mark.parametrize("second", [52.0, 5_000.0, 95_400.0], ids=["a minute", "hours", "a day"])
@pytest.mark.parametrize("swap", [False, True], ids=["forward", "back"])
@pytest.mark.parametrize("picture_s", [0.0, 2.0])
def test_read_waveform_broadcast_whose_clock_jumps_is_as_long_as_its_audio(
    second: float, swap: bool, picture_s: float, tmp_path: Path
) -> None:
    """Two joined broadcasts of two seconds last four, wherever the clock of the second begins."""
    parts = []
    for seed, start in enumerate((0.0, second)):
        track = Track(babble(2, 48_000, seed=seed), 48_000, "mp2", start=start)
        options = {} if picture_s == 0 else {"output_ts_offset": str(start)}
        if picture_s:
            track = Track(track.samples, 48_000, "mp2")
        path = Recording((track,), picture_s=picture_s, options=options).write(tmp_path / f"{seed}.ts")
        parts.append(path.read_bytes())
    (tmp_path / "both.ts").write_bytes(b"".join(reversed(parts) if swap else parts))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    samples = read_waveform(tmp_path / "both.ts").samples
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000
    assert len(samples) == pytest.approx(64_000, abs=2_400)
    last = babble(2, seed=0 if swap else 1)[0]
    assert place_of(last, samples) == pytest.approx(2.0, abs=0.08)


def test_read_waveform_broadcast_past_the_33_bits_of_its_clock_goes_on(tmp_path: Path) -> None:
    """The clock of MPEG-TS begins again after 26.5 hours."""
    track = Track(babble(3, 48_000), 48_000, "mp2", start=2**33 / 90_000 - 2.5)
    samples = read_waveform(Recording((track,)).write(tmp_path / "day.ts")).samples
    assert len(samples) == pytest.approx(48_000, abs=1_600)
    assert lag(babble(3)[0], samples) == pytest.approx(0.0, abs=0.03)


@pytest.mark.parametrize(
    ("suffix", "rates"), [("aac", (44_100, 16_000)), ("aac", (16_000, 44_100)), ("mp3", (16_000, 22_050))]
)
def test_read_waveform_raw_stream_whose_sample_rate_changes_keeps_all_audio(
    suffix: str, rates: tuple[int, ...], tmp_path: Path
) -> None:
    """Each part has its own length, and its own place."""
    content = b""
    for seed, rate in enumerate(rates):
        options = {"write_xing": "0"} if suffix == "mp3" else {}
        part = record(tmp_path / f"{seed}.{suffix}", babble(2, rate, seed=seed), rate, suffix, **options)
        content += part.read_bytes()
    (tmp_path / f"all.{suffix}").write_bytes(content)
    samples = read_waveform(tmp_path / f"all.{suffix}").samples
    assert len(samples) == pytest.approx(32_000 * len(rates), abs=4_800 * len(rates))
    for seed in range(len(rates)):
        assert place_of(babble(2, seed=seed)[0], samples) == pytest.approx(2 * seed, abs=0.2 * (seed + 1))


def test_read_waveform_raw_stream_whose_channels_change_keeps_all_audio(tmp_path: Path) -> None:
    """Mono, then stereo."""
    parts = [record(tmp_path / f"{n}.aac", babble(2, 44_100, n, seed=n), 44_100).read_bytes() for n in (1, 2)]
    (tmp_path / "all.aac").write_bytes(b"".join(parts))
    samples = read_waveform(tmp_path / "all.aac").samples
    assert len(samples) == pytest.approx(64_000, abs=2_400)
    assert place_of(babble(2, seed=2)[0], samples) == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize("suffix", ["ts", "mkv", "mp4"])
def test_read_waveform_audio_that_starts_late_stays_late(suffix: str, tmp_path: Path) -> None:
    """A start after twelve seconds of picture is no jump."""
    path = Recording((Track(babble(1, 48_000), 48_000, start=12.0),), picture_s=13).write(tmp_path / f"late.{suffix}")
    samples = read_waveform(path).samples
    assert place_of(babble(1)[0], samples) == pytest.approx(12.0, abs=0.05)


def test_read_waveform_gap_of_twenty_seconds_in_a_film_stays_silent(tmp_path: Path) -> None:
    """Players show the gap of a Matroska file as it is, so the audio after it keeps its time."""
    track = Track(babble(24, 16_000), hole=(2.0, 22.0))
    samples = read_waveform(Recording((track,)).write(tmp_path / "gap.mka")).samples
    assert len(samples) == pytest.approx(24 * 16_000, abs=1_600)
    assert not samples[3 * 16_000 : 21 * 16_000].any()


def test_read_waveform_gap_of_hours_in_a_film_is_closed(tmp_path: Path) -> None:
    """Hours of silence would be allocated, and transcribed; a clock jumped."""
    first = record(tmp_path / "a.mka", babble(2), codec="flac").read_bytes()
    late = Recording((Track(babble(2, seed=1), codec="flac", start=5 * HOUR),)).write(tmp_path / "b.mka").read_bytes()
    (tmp_path / "both.mka").write_bytes(first + late)
    assert read_waveform(tmp_path / "both.mka").duration == pytest.approx(4.0, abs=0.2)


def test_read_waveform_joined_file_that_ffmpeg_cannot_read_on_is_announced(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What FFmpeg leaves out of joined files of two codecs is not left out in silence."""
    parts = [record(tmp_path / f"{codec}.ogg", babble(2, 48_000), 48_000, codec) for codec in ("libopus", "flac")]
    (tmp_path / "both.ogg").write_bytes(b"".join(part.read_bytes() for part in parts))
    assert read_waveform(tmp_path / "both.ogg").duration == pytest.approx(2.0, abs=0.1)
    assert "both.ogg cannot be read after 2.0 s" in caplog.text
