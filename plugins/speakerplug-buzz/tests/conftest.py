"""Buzz's plugin without Buzz, whose classes these stand in for; tests/hosts runs it in the real one."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from speakerplug_buzz.command import PLUGIN


@dataclass
class Segment:
    """A segment of Buzz, in milliseconds."""

    start: int
    end: int
    text: str
    translation: str = ""
    speaker: str = ""


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the plugin's module as Buzz loads it."""
    base = ModuleType("buzz.plugins.base")
    made: Any = {"BuzzPlugin": object, "ConfigField": SimpleNamespace, "PluginMetadata": SimpleNamespace}
    made["ConfigField"] = lambda *args, **kwargs: (args, kwargs)
    vars(base).update(made)
    for name, module in (
        ("buzz", ModuleType("buzz")),
        ("buzz.plugins", ModuleType("buzz.plugins")),
        (base.__name__, base),
    ):
        monkeypatch.setitem(sys.modules, name, module)
    spec = importlib.util.spec_from_file_location("buzz_plugin_speakerplug", PLUGIN)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded
