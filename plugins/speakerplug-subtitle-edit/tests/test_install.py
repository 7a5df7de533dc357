"""The folder of the plugin."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from speakerplug.cli import main as speakerplug
from speakerplug.plugin import UsageError
from speakerplug_subtitle_edit import install as module
from speakerplug_subtitle_edit.command import main
from speakerplug_subtitle_edit.install import install


def test_install_writes_what_subtitle_edit_lists(tmp_path: Path) -> None:
    """A manifest, and the program that it names; again, it is replaced, and settings in the folder stay."""
    folder = install(tmp_path, on_windows=False)
    (folder / "speakerplug.toml").write_text("")
    assert install(tmp_path, on_windows=False) == folder == tmp_path / "SpeakerPlug"
    manifest = json.loads((folder / "plugin.json").read_text())
    assert manifest["apiVersion"] == 1
    program = folder / manifest["executables"]["linux"]
    assert os.access(program, os.X_OK)
    assert program.read_text().startswith("#!/bin/sh\nexec ")
    assert (folder / "speakerplug.toml").exists()


def test_install_on_windows_copies_the_program_that_pip_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It works from any folder; without it nothing is a plugin."""
    monkeypatch.setattr(module.sysconfig, "get_path", lambda name: str(tmp_path))
    monkeypatch.setattr(module.shutil, "which", lambda name: None)
    plugins = tmp_path / "Plugins"
    plugins.mkdir()
    with pytest.raises(UsageError, match="install the package again"):
        install(plugins, on_windows=True)
    assert not (plugins / "SpeakerPlug" / "plugin.json").exists()
    (tmp_path / "speakerplug-subtitle-edit.exe").write_bytes(b"MZ")
    folder = install(plugins, on_windows=True)
    assert (folder / "SpeakerPlug.exe").read_bytes() == b"MZ"


def test_page_shows_lines_and_options_that_exist(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Those of the page and of the README are typed as they are."""
    root = Path(__file__).parents[3]
    for page in (root / "docs/how-to/hosts.md", root / "plugins/speakerplug-subtitle-edit/README.md"):
        (line,) = re.findall(r"^speakerplug-subtitle-edit (.*?)(?: +#.*)?$", page.read_text(encoding="utf-8"), re.M)
        assert main([*line.replace("FOLDER", str(tmp_path)).split()]) == 0
        assert "Who speaks" in capsys.readouterr().out
    section = (root / "docs/how-to/hosts.md").read_text(encoding="utf-8").partition("## Subtitle Edit")[2]
    (tmp_path / "speakerplug.toml").write_text(section.partition("```toml\n")[2].partition("```")[0])
    assert speakerplug(["config", "--config", str(tmp_path / "speakerplug.toml")]) == 0
    assert "num-speakers" in capsys.readouterr().out
