"""`speakerplug doctor`: findings under their topics, hints, JSON, and the exit code."""

from __future__ import annotations

import json
from functools import partial

import pytest

import speakerplug.cli
import speakerplug.cli.doctor
from speakerplug.cli.doctor import Check, Finding

OK = Finding("one", "ok", "all is well")
WARNING = Finding("one", "warning", "a thing to know", "mind it")
PROBLEM = Finding("two", "problem", "/opt/x.so is broken", "pip install x")


def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], findings: list[Finding], *arguments: str
) -> tuple[int, str]:
    """Return a function that gives exit code and output of the doctor for these findings."""
    checks = [
        Check("any", "trying", partial(list, [finding]), needs_network=finding == WARNING) for finding in findings
    ]
    monkeypatch.setattr(speakerplug.cli.doctor, "all_checks", lambda: checks)
    code = speakerplug.cli.main(["doctor", *arguments])
    return code, capsys.readouterr().out


def test_doctor_prints_findings_by_topic(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A problem has its hint, and makes the exit code 1."""
    code, out = run(monkeypatch, capsys, [OK, WARNING, PROBLEM])
    assert code == 1
    assert out.splitlines() == [
        "One:",
        "  ok       all is well",
        "  warning  a thing to know",
        "Two:",
        "  problem  /opt/x.so is broken",
        "           -> pip install x",
        "1 problem, 1 warning (--fix-hints says how to fix it).",
    ]


def test_doctor_with_fix_hints_prints_the_hints_of_warnings(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A warning leaves the exit code 0."""
    code, out = run(monkeypatch, capsys, [OK, WARNING], "--fix-hints")
    assert code == 0
    assert out.splitlines()[-2:] == ["           -> mind it", "No problems, 1 warning."]


def test_doctor_offline_skips_checks_that_need_the_network(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are not in the report either."""
    code, out = run(monkeypatch, capsys, [OK, WARNING], "--offline")
    assert (code, out.splitlines()[-1]) == (0, "No problems, no warnings.")


def test_doctor_as_json_is_anonymous(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The same findings, with hints and without folders; nothing else on stdout."""
    code, out = run(monkeypatch, capsys, [OK, WARNING, PROBLEM], "--json")
    report = json.loads(out)
    assert (code, report["problems"], report["warnings"]) == (1, 1, 1)
    assert report["findings"][2] == {
        "topic": "two",
        "status": "problem",
        "text": "…/x.so is broken",
        "remedy": "pip install x",
    }
    assert "ana" not in out
