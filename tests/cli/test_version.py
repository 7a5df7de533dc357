"""`speakerplug --version`."""

from __future__ import annotations

import platform
from importlib.metadata import version

import pytest

from speakerplug.cli.version import PACKAGES
from tests.cli.conftest import Run


def test_version_shows_those_that_matter(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """Its own in the first line, then Python's, those of the models' libraries, and those of plugins."""
    assert run("--version") == 0
    first, *lines = capsys.readouterr().out.splitlines()
    assert first == f"speakerplug, version {version('speakerplug')}"
    rows = dict(line.split(maxsplit=1) for line in lines)
    assert rows["Python"].startswith(platform.python_version())
    assert {name: rows[name] for name in PACKAGES} == {name: version(name) for name in PACKAGES}
    assert rows["speakerplug-bundled"] == version("speakerplug-bundled")


def test_version_without_a_package_says_so(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of it is imported, so a damaged installation can still be reported."""
    monkeypatch.setattr("speakerplug.cli.version.PACKAGES", ("nothing-of-this-name",))
    assert run("--version") == 0
    assert "  nothing-of-this-name    not installed\n" in capsys.readouterr().out
