"""The two packages of the base model become one folder, atomically."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from speakerplug.errors import ModelError
from speakerplug_bundled.weights import PackagedFile
from speakerplug_bundled.whisper import joined

PARTS = (b"first half, ", b"second half")
CONFIG = b"{}"
WHOLE = hashlib.sha256(b"".join(PARTS)).hexdigest()


def packaged(path: str, content: bytes) -> PackagedFile:
    return PackagedFile("fake-parts==1.0", "fake_model_parts", path, hashlib.sha256(content).hexdigest())


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[PackagedFile, ...]:
    """Return a package that contains a model in two parts, and its configuration."""
    folder = tmp_path / "site" / "fake_model_parts"
    folder.mkdir(parents=True)
    (folder / "part1").write_bytes(PARTS[0])
    (folder / "part2").write_bytes(PARTS[1])
    (folder / "config.json").write_bytes(CONFIG)
    monkeypatch.syspath_prepend(str(folder.parent))
    return packaged("part1", PARTS[0]), packaged("part2", PARTS[1])


REST = (packaged("config.json", CONFIG),)


def test_joined_writes_the_model_once(tmp_path: Path, parts: tuple[PackagedFile, ...]) -> None:
    """The first call writes the model and its files; the second leaves them as they are."""
    folder = joined(tmp_path / "cache" / "base", parts, REST, WHOLE)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        "model.bin": b"".join(PARTS),
        "config.json": CONFIG,
    }
    before = (folder / "model.bin").stat()
    assert joined(folder, parts, REST, WHOLE) == folder
    assert (folder / "model.bin").stat().st_ino == before.st_ino
    assert [path.name for path in folder.parent.iterdir()] == ["base"]


def test_joined_replaces_a_damaged_copy(tmp_path: Path, parts: tuple[PackagedFile, ...]) -> None:
    """A cached model that has changed on disk is replaced from the packages."""
    folder = joined(tmp_path / "cache" / "base", parts, REST, WHOLE)
    (folder / "model.bin").write_bytes(b"rubbish")
    joined(folder, parts, REST, WHOLE)
    assert (folder / "model.bin").read_bytes() == b"".join(PARTS)
    assert [path.name for path in folder.parent.iterdir()] == ["base"]


def test_joined_with_a_damaged_part_leaves_nothing_behind(tmp_path: Path, parts: tuple[PackagedFile, ...]) -> None:
    """Parts are verified before anything is written."""
    (tmp_path / "site" / "fake_model_parts" / "part2").write_bytes(b"rubbish")
    with pytest.raises(ModelError, match=r"part2 is damaged .*fake-parts==1\.0"):
        joined(tmp_path / "cache" / "base", parts, REST, WHOLE)
    assert not (tmp_path / "cache").exists()


def test_joined_with_mismatched_parts_keeps_nothing(tmp_path: Path, parts: tuple[PackagedFile, ...]) -> None:
    """A joined model of another SHA-256 is an error, and no folder is left."""
    with pytest.raises(ModelError, match="do not match its SHA-256"):
        joined(tmp_path / "cache" / "base", parts, REST, "0" * 64)
    assert list((tmp_path / "cache").iterdir()) == []


def test_joined_into_a_folder_that_cannot_be_written_raises(tmp_path: Path, parts: tuple[PackagedFile, ...]) -> None:
    """The error names the folder and how to choose another."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ModelError, match=r"cannot be written to .*XDG_CACHE_HOME"):
        joined(tmp_path / "file" / "base", parts, REST, WHOLE)
