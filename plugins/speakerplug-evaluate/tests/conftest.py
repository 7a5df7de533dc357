"""A command line with `evaluate`, and fake stages."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

import speakerplug_evaluate.plugin
from tests.cli.conftest import diarizer, plugins, recognizer, run

__all__ = ["diarizer", "plugins", "recognizer", "run"]


@pytest.fixture
def further() -> Mapping[str, object]:
    """This plugin."""
    return {"evaluate": speakerplug_evaluate.plugin}
