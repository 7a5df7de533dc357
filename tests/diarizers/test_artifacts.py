"""Artifacts of a diarizer are saved atomically and loaded again; damaged files are refused."""

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
from speakerplug.media.waveform import Waveform
from speakerplug.plugin.roles import DiarizationRequest
from speakerplug.system.progress import Progress
from speakerplug.testing import FakeDiarizer, FakeRecognizer, plugins_with, silence, turns
from speakerplug.transcript import Diarization


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
class ArtifactDiarizer(FakeDiarizer):
    """A diarizer that keeps artifacts if the request asks for them."""

    def diarize(
        self, waveform: Waveform, request: DiarizationRequest, devices: DeviceManager, progress: Progress
    ) -> Diarization:
        found = super().diarize(waveform, request, devices, progress)
        return replace(found, artifacts=KEPT if request.keep_artifacts else None)


def diarized(diarizer: FakeDiarizer, **options: Any) -> Diarization:
    """Return the diarization of two seconds by a transcriber with this diarizer."""
    plugins = plugins_with(recognizer=FakeRecognizer(), diarizer=diarizer)
    with speakerplug.Transcriber(plugins=plugins, diarizer="fake", device="cpu", **options) as transcriber:
        return transcriber.diarize(silence(2.0, "talk.mp4"))


def test_load_artifacts_after_save_returns_the_same(tmp_path: Path) -> None:
    """All arrays, times and names are the same; the file is named after the recording."""
    path = save_artifacts(KEPT, tmp_path / "new" / "folder", "talk.mp4", "bundled")
    assert path == tmp_path / "new" / "folder" / "talk.artifacts.npz"
    assert_same(load_artifacts(str(path)), KEPT)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.floats(-1, 9), step=st.floats(0.01, 2), rows=st.integers(0, 5))
def test_load_artifacts_after_save_has_the_exact_times(tmp_path: Path, start: float, step: float, rows: int) -> None:
    """This holds for arrays without rows, too."""
    kept = replace(KEPT, speaker_count=Framed(np.zeros(rows, dtype=np.uint8), start, 2 * step, step))
    loaded = load_artifacts(save_artifacts(kept, tmp_path, "talk"))
    assert_same(loaded, kept)
    assert loaded.speaker_count.times.tolist() == pytest.approx([start + step * (row + 1) for row in range(rows)])


def test_diarize_with_a_folder_saves_artifacts(tmp_path: Path) -> None:
    """A diarizer keeps artifacts only if there is a folder for them."""
    assert diarized(ArtifactDiarizer(turns((0, 1, "A")))).artifacts is None
    assert diarized(ArtifactDiarizer(turns((0, 1, "A"))), artifacts=str(tmp_path / "kept")).artifacts is KEPT
    assert_same(load_artifacts(tmp_path / "kept" / "talk.artifacts.npz"), KEPT)


def test_diarize_without_artifacts_warns_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """There is one warning, and no file."""
    with caplog.at_level(logging.WARNING):
        diarized(FakeDiarizer(turns((0, 1, "A"))), artifacts=str(tmp_path))
    assert [record.getMessage() for record in caplog.records] == [
        f"Diarizer fake provides no artifacts; nothing was written to {tmp_path}."
    ]
    assert list(tmp_path.iterdir()) == []


def test_diarize_with_an_impossible_folder_raises_before_any_work(tmp_path: Path) -> None:
    """The error does not come after hours of work."""
    (tmp_path / "file").write_text("in the way")
    diarizer = ArtifactDiarizer()
    with pytest.raises(OutputError, match=r"cannot be created .*choose another"):
        diarized(diarizer, artifacts=str(tmp_path / "file" / "folder"))
    assert diarizer.requests == []


def archive(path: Path, **arrays: Any) -> Path:
    np.savez(path, **arrays)
    return path


@pytest.mark.parametrize(
    ("arrays", "error", "message"),
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
def test_load_artifacts_of_another_archive_raises(
    tmp_path: Path, arrays: dict[str, Any], error: type[Exception], message: str
) -> None:
    """An archive of another program, of a newer version, or with a part missing."""
    with pytest.raises(error, match=message):
        load_artifacts(archive(tmp_path / "other.npz", **arrays))


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 cut", None])
def test_load_artifacts_of_a_damaged_file_raises(tmp_path: Path, content: bytes | None) -> None:
    """The file is not an archive, or it was truncated."""
    path = save_artifacts(KEPT, tmp_path, "talk")
    path.write_bytes(path.read_bytes()[:-200] if content is None else content)
    with pytest.raises(MediaError, match=r"damaged; diarize again"):
        load_artifacts(path)


def test_load_artifacts_of_a_missing_file_raises(tmp_path: Path) -> None:
    """There is nothing at the path, or a folder."""
    with pytest.raises(MediaError, match=r"no file .*check the path"):
        load_artifacts(tmp_path / "none.npz")
    with pytest.raises(MediaError, match="cannot be read"):
        load_artifacts(tmp_path)


def test_load_artifacts_with_pickled_objects_raises(tmp_path: Path) -> None:
    """Pickled objects, which run code when they are loaded, are refused."""
    with pytest.raises(MediaError, match="damaged"):
        load_artifacts(archive(tmp_path / "evil.npz", about=np.array([{"schema": "x"}], dtype=object)))


def test_artifacts_moved_have_later_times_and_the_same_values() -> None:
    """Those of a part of a recording are at the times of the recording."""
    moved = KEPT.moved(60.0)
    assert np.allclose(moved.segmentation.times, KEPT.segmentation.times + 60.0)
    assert np.allclose(moved.diarization.times, KEPT.diarization.times + 60.0)
    assert moved.centroids is KEPT.centroids
