"""A command line with `precision-2`, and fakes for the other stages."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

import speakerplug_pyannoteai.plugin
from tests.cli.conftest import diarizer, plugins, recognizer, run

__all__ = ["diarizer", "plugins", "recognizer", "run"]


@pytest.fixture
def further() -> Mapping[str, object]:
    """This plugin."""
    return {"pyannoteai": speakerplug_pyannoteai.plugin}
