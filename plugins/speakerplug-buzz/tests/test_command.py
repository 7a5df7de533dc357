"""Installing the plugin."""

from __future__ import annotations

import json
import re
import sys
import zipfile
from pathlib import Path

import pytest

from speakerplug_buzz.command import PLUGIN, main


def test_install_writes_the_plugin_where_buzz_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the line that the pages show, with the Python that it will run."""
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name: str(tmp_path / name))
    root = Path(__file__).parents[3]
    for page in ("docs/how-to/hosts.md", "plugins/speakerplug-buzz/README.md"):
        (line,) = re.findall(r"^speakerplug-buzz (.*)$", (root / page).read_text(encoding="utf-8"), re.M)
        assert main(line.split()) == 0
    folder = tmp_path / "Buzz" / "plugins" / "speakerplug"
    assert f"Wrote {folder};" in capsys.readouterr().out
    assert (folder / "plugin.py").read_bytes() == PLUGIN.read_bytes()
    assert json.loads((folder / "command.json").read_text()) == [sys.executable, "-m", "speakerplug"]


def test_zip_holds_the_plugin_in_one_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As Buzz unpacks it; a folder that does not exist is one sentence."""
    assert main(["--zip", str(tmp_path / "speakerplug.zip")]) == 0
    with zipfile.ZipFile(tmp_path / "speakerplug.zip") as archive:
        assert archive.namelist() == ["speakerplug/plugin.py"]
    capsys.readouterr()
    assert main(["--zip", str(tmp_path / "none" / "speakerplug.zip")]) == 1
    assert capsys.readouterr().err.startswith("Error: ")
