from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from speakerplug.media import decode_torchcodec
from speakerplug.media.decode import decode
from speakerplug.media.file import MediaFile
from speakerplug.media.probe import StreamInfo
from tests.ffmpeg import with_libraries
from tests.media_files import Claimed, Recording, Track, babble, likeness, record

COMPARE = """
import json, sys
from pathlib import Path
import numpy as np
from speakerplug.media import decode_pyav, decode_torchcodec
from speakerplug.media.file import MediaFile

assert decode_torchcodec.audio_decoder() is not None, "torchcodec finds no FFmpeg"
found = {}
for path in sorted(Path(sys.argv[1]).iterdir()):
    for mix in (True, False):
        reports = []
        one, _ = decode_pyav.decode(MediaFile(path), None, mix)
        other = decode_torchcodec.decode(MediaFile(path), lambda *report: reports.append(report), mix)
        name = f"{path.name} {'mixed' if mix else 'channels'}"
        if other is None:
            found[name] = None
            continue
        size = min(len(one[0]), len(other[0]))
        found[name] = {
            "difference_s": abs(len(one[0]) - len(other[0])) / 16_000,
            "error": max(float(np.abs(a[:size] - b[:size]).max()) for a, b in zip(one, other, strict=True)),
            "reports": reports,
        }
print(json.dumps(found))
"""


def recordings(folder: Path) -> Iterator[Path]:
    """Yield one file of each kind that torchcodec must decode as PyAV does."""
    yield record(folder / "talk.mp4", babble(20, 44_100, 2), 44_100)
    yield record(folder / "talk.mkv", babble(2, 48_000, 6), 48_000)
    yield record(folder / "talk.mov", babble(2, 22_050, 1), 22_050)
    yield record(folder / "talk.mp3", babble(2, 44_100, 2), 44_100, "mp3")
    yield record(folder / "talk.ogg", babble(2, 48_000, 2), 48_000, "libopus")
    yield record(folder / "talk.webm", babble(2, 48_000, 1), 48_000, "libopus")
    yield record(folder / "talk.flac", babble(2, 44_100, 6), 44_100, "flac")
    yield record(folder / "talk.wav", babble(2, 8_000, 2), 8_000, "pcm_s16le")
    yield record(folder / "blip.wav", babble(0.05), codec="pcm_s16le")
    late = Track(babble(2, 48_000, 2), 48_000, start=0.5)
    yield Recording((late,), picture_s=3).write(folder / "late.mp4")
    yield Recording((late,), picture_s=3).write(folder / "late.mkv")


@pytest.mark.models  # torchcodec and torch for real, in a process of their own
def test_decode_both_backends_give_the_same_samples(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """torchcodec, on PyAV's own FFmpeg, gives the samples that PyAV gives, mixed or by channel, and reports.

    A file with a gap it leaves to PyAV. Runs in a process of its own, since it needs its libraries from the start.
    """
    names = {path.name for path in recordings(tmp_path)}
    gap = Track(babble(4, 48_000), 48_000, "flac", hole=(1.0, 2.0))
    Recording((gap,)).write(tmp_path / "gap.mkv")
    script = [sys.executable, "-c", COMPARE, str(tmp_path)]
    environment = {**os.environ, **with_libraries(tmp_path_factory.mktemp("ffmpeg"))}
    done = subprocess.run(script, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found.pop("gap.mkv mixed") is None
    assert found.pop("gap.mkv channels") is None
    assert found.keys() == {f"{name} {how}" for name in names for how in ("mixed", "channels")}
    for name, measured in found.items():
        assert measured["difference_s"] < 0.003, name
        assert measured["error"] < 1e-3, name
    done = [seconds for _, seconds, _ in found["talk.mp4 mixed"]["reports"]]
    assert len(done) > 2
    assert done == sorted(done)
    assert done[0] < 10 < done[-1] < 20.1


class Played:
    def __init__(self, samples: np.ndarray, start: float) -> None:
        import torch

        self.data = torch.from_numpy(samples)[None]
        self.pts_seconds = start


def stub(samples: np.ndarray, start: float = 0.0) -> type:
    """Return a decoder class that plays `samples`, the first at `start`, whatever it is given."""

    class Decoder:
        def __init__(self, *_: object, **__: object) -> None: ...

        def get_samples_played_in_range(self, _: float) -> Played:
            return Played(samples, start)

    return Decoder


class Failing:
    def __init__(self, *_: object, **__: object) -> None:
        raise RuntimeError("Could not push packet to decoder")


def test_decode_torchcodec_failure_falls_back_to_pyav(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that torchcodec cannot decode is decoded by PyAV."""
    monkeypatch.setattr(decode_torchcodec, "audio_decoder", lambda: Failing)
    (samples,), _ = decode(MediaFile(record(tmp_path / "talk.wav", babble(1), codec="pcm_s16le")))
    assert likeness(samples, babble(1)[0]) > 0.999


@pytest.mark.parametrize("length", [0, 8_000, 31_000])
def test_decode_torchcodec_wrong_length_falls_back_to_pyav(
    length: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Audio that is not as long as the file says has gaps or damage, which need a look at each packet."""
    monkeypatch.setattr(decode_torchcodec, "audio_decoder", lambda: stub(np.zeros(length, np.float32)))
    path = record(tmp_path / "talk.wav", babble(1), codec="pcm_s16le")
    assert decode_torchcodec.decode(Claimed(path, StreamInfo(0, 0.0, 1.0, stated=True))) is None


@pytest.mark.parametrize("start", [-0.25, 0.0, 0.25])
def test_decode_torchcodec_samples_are_on_the_players_clock(
    start: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Audio that starts late is preceded by silence, and audio before the clock's start is dropped."""
    path = record(tmp_path / "talk.wav", babble(1), codec="pcm_s16le")
    origin = 3.0
    monkeypatch.setattr(decode_torchcodec, "audio_decoder", lambda: stub(np.ones(16_000, np.float32), origin + start))
    decoded = decode_torchcodec.decode(Claimed(path, StreamInfo(0, origin, 1.0 + start, stated=True)))
    assert decoded is not None
    (samples,) = decoded
    assert len(samples) == 16_000 + start * 16_000
    assert (samples == 0).sum() == max(0.0, start) * 16_000


@pytest.mark.parametrize("end", [None, 4 * 3600.0])
def test_decode_torchcodec_long_or_unknown_length_falls_back_to_pyav(
    end: float | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Recordings of many hours or of unknown length are not given to torchcodec."""
    monkeypatch.setattr(decode_torchcodec, "audio_decoder", lambda: stub(np.zeros(9, np.float32)))
    assert decode_torchcodec.decode(Claimed(tmp_path / "long.mkv", StreamInfo(0, 0.0, end, stated=True))) is None


def without_ffmpeg(_: str) -> ModuleType:
    module = ModuleType("torchcodec")
    module.ffmpeg_major_version = None  # type: ignore[attr-defined]
    return module


def failing_import(_: str) -> ModuleType:
    raise RuntimeError("Could not load libtorchcodec")


@pytest.mark.parametrize("load", [without_ffmpeg, failing_import])
def test_audio_decoder_missing_libraries_are_logged_once(
    load: object, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Without FFmpeg, torchcodec is reported in one log line per process, and the import is not tried again."""
    monkeypatch.setattr("importlib.import_module", load)
    decode_torchcodec.audio_decoder.cache_clear()
    with caplog.at_level("INFO", "speakerplug"):
        assert decode_torchcodec.audio_decoder() is None
        assert decode_torchcodec.audio_decoder() is None
    decode_torchcodec.audio_decoder.cache_clear()
    assert len(caplog.records) == 1
    assert "PyAV" in caplog.records[0].message
