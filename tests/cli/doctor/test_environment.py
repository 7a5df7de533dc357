"""What the doctor says of the installed packages, of caches and of plugins."""

from __future__ import annotations

import shutil
from collections import namedtuple
from pathlib import Path

import pytest

import speakerplug.plugin.manager
from speakerplug.cli.doctor import Finding, environment
from speakerplug.system import packages
from speakerplug.testing import plugins_with


def told(name: str) -> Finding:
    """The one finding about a package."""
    (finding,) = environment.check_package(name)
    return finding


def test_each_package_that_is_needed_has_its_check() -> None:
    """Those of pyproject.toml and faster-whisper's engines, pyannote at last, for it imports most of the others."""
    doing = [check.doing for check in environment.package_checks()]
    assert {"importing torch", "importing av", "importing ctranslate2", "importing onnxruntime"} <= set(doing)
    assert doing[-1] == "importing pyannote-audio"
    assert len(doing) == len(set(doing))


def test_a_sound_package_is_told_with_its_version() -> None:
    """Imported for real."""
    assert told("av") == Finding("packages", "ok", f"av {packages.installed('av')}")


def test_a_package_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a problem, but for torchcodec, for which PyAV stands in."""
    monkeypatch.setattr(environment, "installed", lambda name: None)
    assert told("av") == Finding("packages", "problem", "av is not installed", 'pip install "av<19,>=15"')
    assert told("torchcodec").status == "warning"
    assert told("torchcodec").text == "torchcodec is not installed; recordings are decoded with PyAV instead"


def test_a_version_that_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told, also where its import goes well."""
    monkeypatch.setattr(packages, "installed", lambda name: "14.2.0")
    finding = told("av")
    assert finding.status == "problem"
    assert "does not fit: SpeakerPlug needs av<19,>=15" in finding.text
    assert finding.remedy == 'pip install "av<19,>=15"'


def test_an_import_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it raises is told in the line."""

    def fail(module: str) -> None:
        raise OSError("undefined symbol: x\nand much more")

    monkeypatch.setattr("importlib.import_module", fail)
    finding = told("av")
    assert finding.text.endswith("cannot be imported (undefined symbol: x)")
    assert finding.remedy == 'pip install --force-reinstall --no-deps "av<19,>=15"'


def test_what_packages_ask_of_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them, also those that others brought; one that is amiss is told with who asks for it."""
    (fine,) = environment.check_dependencies()
    assert fine.status == "ok"
    there = packages.installed
    monkeypatch.setattr(environment, "installed", lambda name: None if name == "pyyaml" else there(name))
    amiss = list(environment.check_dependencies())
    assert {finding.status for finding in amiss} == {"warning"}
    assert any("huggingface-hub requires pyyaml" in finding.text for finding in amiss)
    assert all(finding.remedy.startswith('pip install "pyyaml') for finding in amiss)


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The hub's cache; it is not there yet."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def test_a_cache_is_measured_once_for_each_file(cache: Path) -> None:
    """Links into it, as the hub's client makes them, count nothing; a cache that is not there takes nothing."""
    (empty,) = environment.check_cache()
    assert empty.status == "ok"
    assert empty.text.startswith("the hub's cache takes 0 MB")
    (cache / "blobs").mkdir(parents=True)
    (cache / "blobs" / "a").write_bytes(bytes(3 * 1024**2))
    (cache / "model.bin").symlink_to(cache / "blobs" / "a")
    (finding,) = environment.check_cache()
    assert finding.text.startswith("the hub's cache takes 3 MB, and ")


def test_little_room_and_broken_downloads_are_told(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Warnings, each with what to do."""
    cache.mkdir()
    (cache / "x.incomplete").write_bytes(bytes(2 * 1024**2))
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**10, 10**10 - 10**8, 10**8))
    room, broken = environment.check_cache()
    assert (room.status, broken.status) == ("warning", "warning")
    assert "too little for a large model" in room.text
    assert broken.text == "1 interrupted download takes 2 MB"
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
    problem, names = environment.check_plugins()
    assert problem.status == "problem"
    assert "plugin broken: " in problem.text
    assert "broken" in problem.remedy
    assert names.text == "plugins: fakes, broken"
