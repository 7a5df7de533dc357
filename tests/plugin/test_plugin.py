"""The public names of `speakerplug.plugin`, the single import of plugin authors, and its version."""

from __future__ import annotations

import subprocess
import sys
import types
from typing import Any

import pytest

import speakerplug.plugin
from speakerplug.errors import UsageError
from speakerplug.plugin import CONTRACT, DiarizerRegistration, hookimpl
from speakerplug.testing import FakeDiarizer, plugins_with

LIGHT = """
import sys, types
package = types.ModuleType("speakerplug")
package.__path__ = [sys.argv[1]]
sys.modules["speakerplug"] = package
import speakerplug.plugin
print([name for name in ("numpy", "torch", "click", "pyannote", "huggingface_hub") if name in sys.modules])
"""


def test_every_public_name_can_be_imported() -> None:
    """`__all__` lists, in order, what can be imported; another name is an AttributeError."""
    for name in speakerplug.plugin.__all__:
        assert getattr(speakerplug.plugin, name) is not None
    assert len(set(speakerplug.plugin.__all__)) == len(speakerplug.plugin.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Nonesuch'"):
        speakerplug.plugin.Nonesuch  # noqa: B018


def test_import_loads_no_heavy_library() -> None:
    """Plugins are imported whenever SpeakerPlug starts: names that need numpy are imported when they are used."""
    place = speakerplug.__path__[0]
    done = subprocess.run([sys.executable, "-c", LIGHT, place], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def plugin_for(version: Any) -> types.ModuleType:
    module = types.ModuleType("made_for")
    module.speakerplug_contract = version  # type: ignore[attr-defined]

    @hookimpl
    def register_diarizers(register: Any) -> None:
        register(DiarizerRegistration("theirs", lambda settings: FakeDiarizer()))

    module.register_diarizers = register_diarizers  # type: ignore[attr-defined]
    return module


def test_plugin_for_this_contract_is_loaded() -> None:
    """The version may be declared, and need not be."""
    assert "theirs" in plugins_with({"made": plugin_for(CONTRACT)}).diarizers


@pytest.mark.parametrize("version", [CONTRACT + 1, 0, "1", None])
def test_plugin_for_another_contract_is_reported_and_not_loaded(version: Any) -> None:
    """None of its registrations is kept, as half of them might work."""
    plugins = plugins_with({"made": plugin_for(version)})
    assert "theirs" not in plugins.diarizers
    assert "made" not in plugins.names
    (failure,) = plugins.failures
    assert f"it is for version {version!r} of the plugin API, but this SpeakerPlug has" in failure.reason


@pytest.mark.parametrize(
    ("kind", "name", "package"),
    [
        ("diarizers", "precision-2", "speakerplug-pyannoteai"),
        ("diarizers", "speakrs", "speakerplug-speakrs"),
        ("diarizers", "bundled", "speakerplug-bundled"),
        ("aligners", "ctc", "speakerplug-aligner"),
    ],
)
def test_name_of_a_known_package_has_a_hint_to_install_it(kind: str, name: str, package: str) -> None:
    """Who reads of it in the documentation learns how to get it."""
    with pytest.raises(UsageError, match=rf"^{name} is in {package}, which is not installed; pip install \./plugins/"):
        plugins_with().choose(kind, name)
