"""What a diarizer computed on the way: saved whole, loaded back, refused where it is damaged."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import speakerplug
from speakerplug.devices import DeviceManager
from speakerplug.diarizers.artifacts import FRAMED, PLAIN, Artifacts, Framed, load_artifacts, save_artifacts
from speakerplug.errors import MediaError, OutputError, UsageError
from speakerplug.plugin.roles import DiarizationRequest
from speakerplug.system.progress import Progress
from speakerplug.testing import FakeDiarizer, FakeRecognizer, plugins_with, silence, turns
from speakerplug.transcript import Diarization
from speakerplug.waveform import Waveform


def framed(*shape: int) -> Framed:
    return Framed(np.arange(np.prod(shape), dtype=np.float32).reshape(shape), 0.5, 2.0, 0.25)


KEPT = Artifacts(
    segmentation=framed(2, 3, 2),
    speaker_count=framed(4),
    diarization=framed(4, 2),
    embeddings=np.full((2, 2, 3), np.nan, dtype=np.float32),
    centroids=np.eye(2, 3),
    speakers=("SPEAKER_00", "Ünal 山"),
)


def assert_same(one: Artifacts, other: Artifacts) -> None:
    assert one.speakers == other.speakers
    for name in FRAMED:
        mine, yours = getattr(one, name), getattr(other, name)
        assert (mine.start, mine.duration, mine.step) == (yours.start, yours.duration, yours.step)
        np.testing.assert_array_equal(mine.data, yours.data, strict=True)
    for name in PLAIN:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), strict=True)


@dataclass
class Telling(FakeDiarizer):
    """A diarizer that keeps artifacts when it is asked to."""

    def diarize(
        self, waveform: Waveform, request: DiarizationRequest, devices: DeviceManager, progress: Progress
    ) -> Diarization:
        found = super().diarize(waveform, request, devices, progress)
        return replace(found, artifacts=KEPT if request.keep_artifacts else None)


def heard(diarizer: FakeDiarizer, **options: Any) -> Diarization:
    """What a transcriber with this diarizer hears in a talk of two seconds."""
    plugins = plugins_with(recognizer=FakeRecognizer(), diarizer=diarizer)
    with speakerplug.Transcriber(plugins=plugins, diarizer="fake", device="cpu", **options) as transcriber:
        return transcriber.diarize(silence(2.0, "talk.mp4"))


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    """Every array, clock and name comes back; the file is called by the recording."""
    path = save_artifacts(KEPT, tmp_path / "new" / "folder", "talk.mp4", "bundled")
    assert path == tmp_path / "new" / "folder" / "talk.artifacts.npz"
    assert_same(load_artifacts(str(path)), KEPT)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.floats(-1, 9), step=st.floats(0.01, 2), rows=st.integers(0, 5))
def test_clocks_come_back_exactly(tmp_path: Path, start: float, step: float, rows: int) -> None:
    """Times are as exact as they were, also without rows."""
    kept = replace(KEPT, speaker_count=Framed(np.zeros(rows, dtype=np.uint8), start, 2 * step, step))
    loaded = load_artifacts(save_artifacts(kept, tmp_path, "talk"))
    assert_same(loaded, kept)
    assert loaded.speaker_count.times.tolist() == pytest.approx([start + step * (row + 1) for row in range(rows)])


def test_the_folder_asked_for_is_filled(tmp_path: Path) -> None:
    """A diarizer is asked to keep what it computes only where there is a folder for it."""
    assert heard(Telling(turns((0, 1, "A")))).artifacts is None
    assert heard(Telling(turns((0, 1, "A"))), artifacts=str(tmp_path / "kept")).artifacts is KEPT
    assert_same(load_artifacts(tmp_path / "kept" / "talk.artifacts.npz"), KEPT)


def test_a_diarizer_that_shows_nothing_is_named_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """One warning, and no file."""
    with caplog.at_level(logging.WARNING):
        heard(FakeDiarizer(turns((0, 1, "A"))), artifacts=str(tmp_path))
    assert [record.getMessage() for record in caplog.records] == [
        f"Diarizer fake shows no artifacts; nothing is kept of it in {tmp_path}."
    ]
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_said_before_the_work(tmp_path: Path) -> None:
    """Nobody waits for hours to hear that there is no place."""
    (tmp_path / "file").write_text("in the way")
    diarizer = Telling()
    with pytest.raises(OutputError, match=r"cannot be made .*choose another"):
        heard(diarizer, artifacts=str(tmp_path / "file" / "folder"))
    assert diarizer.requests == []


def archive(path: Path, **arrays: Any) -> Path:
    np.savez(path, **arrays)
    return path


@pytest.mark.parametrize(
    ("arrays", "error", "says"),
    [
        ({"x": np.zeros(2)}, UsageError, "no artifacts of SpeakerPlug"),
        ({"about": np.array('{"schema": "other"}')}, UsageError, "no artifacts of SpeakerPlug"),
        (
            {"about": np.array('{"schema": "speakerplug/artifacts", "version": "2.0"}')},
            UsageError,
            "update SpeakerPlug",
        ),
        ({"about": np.array('{"schema": "speakerplug/artifacts", "version": "1.0"}')}, MediaError, "damaged"),
        ({"about": np.array("{")}, MediaError, "damaged"),
    ],
)
def test_another_archive_is_explained(
    tmp_path: Path, arrays: dict[str, Any], error: type[Exception], says: str
) -> None:
    """An archive that is not ours, is newer, or lacks a part."""
    with pytest.raises(error, match=says):
        load_artifacts(archive(tmp_path / "other.npz", **arrays))


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 cut", None])
def test_a_damaged_file_is_explained(tmp_path: Path, content: bytes | None) -> None:
    """Not an archive, or one that was cut."""
    path = save_artifacts(KEPT, tmp_path, "talk")
    path.write_bytes(path.read_bytes()[:-200] if content is None else content)
    with pytest.raises(MediaError, match=r"damaged; diarize again"):
        load_artifacts(path)


def test_a_missing_file_is_explained(tmp_path: Path) -> None:
    """A path where nothing is, or a folder."""
    with pytest.raises(MediaError, match=r"no file .*check the path"):
        load_artifacts(tmp_path / "none.npz")
    with pytest.raises(MediaError, match="cannot be read"):
        load_artifacts(tmp_path)


def test_code_in_a_file_is_not_run(tmp_path: Path) -> None:
    """Pickled objects, which run code as they are loaded, are refused."""
    with pytest.raises(MediaError, match="damaged"):
        load_artifacts(archive(tmp_path / "evil.npz", about=np.array([{"schema": "x"}], dtype=object)))
