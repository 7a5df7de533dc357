"""What the doctor says of caches and plugins."""

from __future__ import annotations

import shutil
from collections import namedtuple
from pathlib import Path

import pytest

import speakerplug.plugin.manager
from speakerplug.cli.doctor import upkeep
from speakerplug.testing import plugins_with


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The hub's cache; it is not there yet."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def test_a_cache_is_measured_once_for_each_file(cache: Path) -> None:
    """Links into it, as the hub's client makes them, count nothing; a cache that is not there takes nothing."""
    (empty,) = upkeep.look_at_caches()
    assert empty.status == "ok"
    assert empty.text.startswith("the hub's cache takes 0 MB")
    (cache / "blobs").mkdir(parents=True)
    (cache / "blobs" / "a").write_bytes(bytes(3 * 1024**2))
    (cache / "model.bin").symlink_to(cache / "blobs" / "a")
    (finding,) = upkeep.look_at_caches()
    assert finding.text.startswith("the hub's cache takes 3 MB, and ")


def test_little_room_and_broken_downloads_are_told(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Warnings, each with what to do."""
    cache.mkdir()
    (cache / "x.incomplete").write_bytes(bytes(2 * 1024**2))
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**10, 10**10 - 10**8, 10**8))
    room, broken = upkeep.look_at_caches()
    assert (room.status, broken.status) == ("warning", "warning")
    assert "too little for a large model" in room.text
    assert broken.text == "1 download broke off, and takes 2 MB"
    assert room.remedy
    assert broken.remedy


def test_a_plugin_that_failed_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is installed, and does not work."""

    class Broken:
        """A plugin with a hook that there is not."""

        @speakerplug.hookimpl
        def register_nothing(self) -> None:
            """No such hook."""

    plugins = plugins_with({"broken": Broken()})
    monkeypatch.setattr(speakerplug.plugin.manager, "load_plugins", lambda: plugins)
    problem, names = upkeep.look_at_plugins()
    assert problem.status == "problem"
    assert "plugin broken: " in problem.text
    assert "broken" in problem.remedy
    assert names.text == "plugins: fakes, broken"
