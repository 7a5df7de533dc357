"""A stand-in for the wheel, and folders of models; the tests of the real wheel run where it is installed."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path

import pytest

import speakerplug_speakrs.plugin
from speakerplug_speakrs.models import MODELS
from tests.cli.conftest import diarizer, plugins, recognizer, run
from tests.standins import speakrs
from tests.standins.speakrs import StandIn

__all__ = ["diarizer", "plugins", "recognizer", "run"]

# There is none for Python 3.10, nor for every platform.
collect_ignore = [] if importlib.util.find_spec("speakrs") else ["test_diarizer_wheel.py"]


@pytest.fixture
def further() -> Mapping[str, object]:
    """Return this plugin, for the command line."""
    return {"speakrs": speakerplug_speakrs.plugin}


@pytest.fixture
def wheel(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """Return the stand-in for the wheel."""
    return speakrs.install(monkeypatch)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with files of the right names."""
    folder = tmp_path / "models"
    folder.mkdir()
    for name in MODELS.files:
        (folder / name).write_bytes(name.encode())
    return folder
