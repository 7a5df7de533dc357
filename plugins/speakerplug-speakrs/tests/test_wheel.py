"""What is said where the wheel is missing."""

from __future__ import annotations

import importlib.util
import platform
import sys
from pathlib import Path

import pytest

from speakerplug.plugin import ModelError
from speakerplug_speakrs.wheel import imported, why_missing


@pytest.fixture
def missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the wheel away."""
    monkeypatch.delitem(sys.modules, "speakrs", raising=False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)


@pytest.mark.usefixtures("missing")
@pytest.mark.parametrize(
    ("version", "system", "machine", "says"),
    [
        ((3, 11), "linux", "x86_64", "install it with: pip install speakrs"),
        ((3, 13), "darwin", "arm64", "install it with: pip install speakrs"),
        ((3, 10), "linux", "x86_64", "needs Python 3.11 or newer"),
        ((3, 12), "linux", "aarch64", "on Linux \\(x86-64\\) or macOS"),
        ((3, 12), "win32", "AMD64", "choose another diarizer"),
    ],
)
def test_why_missing_says_whether_it_can_be_installed(
    monkeypatch: pytest.MonkeyPatch, version: tuple[int, int], system: str, machine: str, says: str
) -> None:
    """And a diarizer that needs it says the same."""
    monkeypatch.setattr(sys, "version_info", version)
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert why_missing() is not None
    with pytest.raises(ModelError, match=f"^speakrs cannot run here, because .*{says}"):
        imported()


def test_imported_damaged_wheel_is_a_model_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The command that repairs it is named."""
    (tmp_path / "speakrs.py").write_text("raise ImportError('a symbol is missing')")
    monkeypatch.delitem(sys.modules, "speakrs", raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ModelError, match=r"a symbol is missing.*--force-reinstall"):
        imported()
