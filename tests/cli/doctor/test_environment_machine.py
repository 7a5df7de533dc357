"""What `speakerplug doctor` finds out about the machine, Python and telemetry."""

from __future__ import annotations

import platform
from types import SimpleNamespace

import pytest

from speakerplug.cli.doctor import environment


def test_check_python_of_an_unsupported_version_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    """This one is supported; of another, the finding names both versions and has a hint."""
    (fine,) = environment.check_python()
    assert (fine.status, platform.python_version() in fine.text) == ("ok", True)
    monkeypatch.setattr(platform, "python_version", lambda: "3.8.1")
    (finding,) = environment.check_python()
    assert finding.status == "problem"
    assert "3.8.1" in finding.text
    assert ">=3.10" in finding.text
    assert finding.remedy


def test_check_platform_of_32_bits_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    """System, cores and memory are shown; torch needs 64 bits."""
    (fine,) = environment.check_platform()
    assert (fine.status, platform.system() in fine.text) == ("ok", True)
    monkeypatch.setattr(environment, "sys", SimpleNamespace(maxsize=2**31 - 1))
    _, finding = environment.check_platform()
    assert finding.status == "problem"
    assert "32-bit" in finding.text


def test_check_telemetry_that_is_on_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is off; where a library was imported before SpeakerPlug, the variable that switches it off is named."""
    monkeypatch.setattr(environment, "onnxruntime_reports", lambda: False)
    (fine,) = environment.check_telemetry()
    assert fine.status == "ok"
    monkeypatch.setattr(environment, "onnxruntime_reports", lambda: True)
    (finding,) = environment.check_telemetry()
    assert finding.status == "problem"
    assert "onnxruntime" in finding.text
    assert "ORT_DISABLE_TELEMETRY=1" in finding.remedy
