"""What stands in `speakerplug.plugin`, the single import of a plugin's author, and its version."""

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


def test_every_name_of_the_contract_is_there() -> None:
    """`__all__` is the list, in order, of what can be imported; another name is an AttributeError."""
    for name in speakerplug.plugin.__all__:
        assert getattr(speakerplug.plugin, name) is not None
    assert len(set(speakerplug.plugin.__all__)) == len(speakerplug.plugin.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Nonesuch'"):
        speakerplug.plugin.Nonesuch  # noqa: B018


def test_contract_is_imported_without_heavy_libraries() -> None:
    """Plugins are imported whenever SpeakerPlug starts: the names that need numpy are fetched when they are used."""
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
    """The version may be named, and need not be."""
    assert "theirs" in plugins_with({"made": plugin_for(CONTRACT)}).diarizers


@pytest.mark.parametrize("version", [CONTRACT + 1, 0, "1", None])
def test_plugin_for_another_contract_is_named_and_nothing_of_it_is_loaded(version: Any) -> None:
    """Whatever it would offer, half of which might work."""
    plugins = plugins_with({"made": plugin_for(version)})
    assert "theirs" not in plugins.diarizers
    assert "made" not in plugins.names
    (failure,) = plugins.failures
    assert f"made for version {version!r} of the contract with plugins, and this SpeakerPlug has" in failure.reason


@pytest.mark.parametrize(
    ("kind", "name", "package"),
    [
        ("diarizers", "precision-2", "speakerplug-pyannoteai"),
        ("diarizers", "bundled", "speakerplug-bundled"),
        ("aligners", "ctc", "speakerplug-aligner"),
    ],
)
def test_name_from_a_known_package_says_what_to_install(kind: str, name: str, package: str) -> None:
    """Whoever reads of it in the documentation learns where it is."""
    with pytest.raises(UsageError, match=rf"^{name} is in {package}, which is not installed; pip install \./plugins/"):
        plugins_with().choose(kind, name)
