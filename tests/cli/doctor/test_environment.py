"""Checks of the installed packages, the cache and plugins."""

from __future__ import annotations

import shutil
from collections import namedtuple
from pathlib import Path

import pytest

import speakerplug.plugin.manager
from speakerplug.cli.doctor import Finding, environment
from speakerplug.system import packages
from speakerplug.testing import plugins_with


def finding_about(name: str) -> Finding:
    """Return the one finding about a package."""
    (finding,) = environment.check_package(name)
    return finding


def test_package_checks_cover_every_requirement() -> None:
    """Those of pyproject.toml and of faster-whisper, and pyannote last, because it imports most of the others."""
    doing = [check.doing for check in environment.package_checks()]
    assert {"importing torch", "importing av", "importing ctranslate2", "importing onnxruntime"} <= set(doing)
    assert doing[-1] == "importing pyannote-audio"
    assert len(doing) == len(set(doing))


def test_check_package_that_works_reports_its_version() -> None:
    """It is imported for real."""
    assert finding_about("av") == Finding("packages", "ok", f"av {packages.installed('av')}")


def test_check_package_that_is_missing_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    """A warning for torchcodec, which nothing needs."""
    monkeypatch.setattr(environment, "installed", lambda name: None)
    assert finding_about("av") == Finding("packages", "problem", "av is not installed", 'pip install "av<19,>=15"')
    assert finding_about("torchcodec").status == "warning"
    assert (
        finding_about("torchcodec").text == "torchcodec is not installed; recordings are decoded with PyAV in any case"
    )


def test_check_package_of_another_version_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even if its import works."""
    monkeypatch.setattr(packages, "installed", lambda name: "14.2.0")
    finding = finding_about("av")
    assert finding.status == "problem"
    assert "does not fit: SpeakerPlug needs av<19,>=15" in finding.text
    assert finding.remedy == 'pip install "av<19,>=15"'


def test_check_package_that_cannot_be_imported_quotes_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it raises."""

    def fail(module: str) -> None:
        raise OSError("undefined symbol: x\nand much more")

    monkeypatch.setattr("importlib.import_module", fail)
    finding = finding_about("av")
    assert finding.text.endswith("cannot be imported (undefined symbol: x)")
    assert finding.remedy == 'pip install --force-reinstall --no-deps "av<19,>=15"'


def test_check_dependencies_names_unmet_requirements(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all packages, also indirect ones, with the package that requires it."""
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
    """Return the hub's cache, which does not exist yet."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def test_check_cache_counts_each_file_once(cache: Path) -> None:
    """Links to it, as the hub's client makes them, do not count; a missing cache has no size."""
    (empty,) = environment.check_cache()
    assert empty.status == "ok"
    assert empty.text.startswith("the hub's cache takes 0 MB")
    (cache / "blobs").mkdir(parents=True)
    (cache / "blobs" / "a").write_bytes(bytes(3 * 1024**2))
    (cache / "model.bin").symlink_to(cache / "blobs" / "a")
    (finding,) = environment.check_cache()
    assert finding.text.startswith("the hub's cache takes 3 MB, and ")


def test_check_cache_warns_of_little_space_and_interrupted_downloads(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each with a hint."""
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


def test_check_plugins_of_one_that_failed_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
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
