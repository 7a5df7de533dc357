"""A command line with `precision-2`, whose other stages are fakes."""

from __future__ import annotations

import pytest

import speakerplug.plugin.manager
import speakerplug_pyannoteai.plugin
from speakerplug.plugin.manager import Plugins
from speakerplug.testing import FakeDiarizer, FakeRecognizer, plugins_with
from tests.cli.conftest import diarizer, recognizer, run

__all__ = ["diarizer", "recognizer", "run"]


@pytest.fixture
def plugins(recognizer: FakeRecognizer, diarizer: FakeDiarizer, monkeypatch: pytest.MonkeyPatch) -> Plugins:
    """The plugins of the command line: the built-in ones, the fakes, and this one."""
    fakes = plugins_with({"pyannoteai": speakerplug_pyannoteai.plugin}, recognizer=recognizer, diarizer=diarizer)
    monkeypatch.setattr(speakerplug.plugin.manager, "load_plugins", lambda: fakes)
    return fakes
