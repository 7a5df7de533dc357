"""What the doctor says of the installed packages."""

from __future__ import annotations

import pytest

from speakerplug.cli.doctor import Finding, packages
from speakerplug.system import packages as installed_packages


def told(name: str) -> Finding:
    """The one finding about a package."""
    (finding,) = packages.look_at_package(name)
    return finding


def test_each_package_that_is_needed_has_its_check() -> None:
    """Those of pyproject.toml and faster-whisper's engines, pyannote at last, for it imports most of the others."""
    doing = [check.doing for check in packages.package_checks()]
    assert {"importing torch", "importing av", "importing ctranslate2", "importing onnxruntime"} <= set(doing)
    assert doing[-1] == "importing pyannote-audio"
    assert len(doing) == len(set(doing))


def test_a_sound_package_is_told_with_its_version() -> None:
    """Imported for real."""
    assert told("av") == Finding("packages", "ok", f"av {installed_packages.installed('av')}")


def test_a_package_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a problem, but for torchcodec, for which PyAV stands in."""
    monkeypatch.setattr(packages, "installed", lambda name: None)
    assert told("av") == Finding("packages", "problem", "av is not installed", 'pip install "av<19,>=15"')
    assert told("torchcodec").status == "warning"
    assert told("torchcodec").text == "torchcodec is not installed; recordings are decoded with PyAV instead"


def test_a_version_that_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told, also where its import goes well."""
    monkeypatch.setattr(installed_packages, "installed", lambda name: "14.2.0")
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
    (fine,) = packages.look_at_the_rest()
    assert fine.status == "ok"
    there = installed_packages.installed
    monkeypatch.setattr(packages, "installed", lambda name: None if name == "pyyaml" else there(name))
    amiss = list(packages.look_at_the_rest())
    assert {finding.status for finding in amiss} == {"warning"}
    assert any("huggingface-hub asks for pyyaml" in finding.text for finding in amiss)
    assert all(finding.remedy.startswith('pip install "pyyaml') for finding in amiss)
