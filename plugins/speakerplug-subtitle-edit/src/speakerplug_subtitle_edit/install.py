"""The folder of the plugin: what Subtitle Edit lists, and the program that it starts."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
import sysconfig
from importlib.metadata import version
from pathlib import Path

from speakerplug.plugin import OutputError, UsageError, write_whole

NAME = "SpeakerPlug"
SCRIPT = "speakerplug-subtitle-edit"
MANIFEST = {
    "apiVersion": 1,
    "name": "Who speaks (SpeakerPlug)",
    "description": "Names the speaker of each line, in the field for the actor. Nothing leaves this computer.",
    "author": "SpeakerPlug's developers",
    "url": "https://github.com/speakerplug/speakerplug/tree/main/plugins/speakerplug-subtitle-edit",
    "menu": "Tools",
    "minSeVersion": "5.1.0",
    "executables": {"windows": f"{NAME}.exe", "linux": NAME, "macos": NAME},
}


def install(plugins: Path, on_windows: bool = os.name == "nt") -> Path:
    """Write the plugin into Subtitle Edit's folder of plugins, and return its folder.

    The program in it runs this Python. Raises UsageError for a folder that does not exist, and OutputError if it cannot
    be written.
    """
    if not plugins.is_dir():
        raise UsageError(
            f"There is no folder {plugins}; in Subtitle Edit, Plugins > Manage plugins opens the right one."
        )
    folder = plugins / NAME
    try:
        folder.mkdir(exist_ok=True)
        if on_windows:
            write_whole(folder / f"{NAME}.exe", _windows_program().read_bytes())
        else:
            program = folder / NAME
            write_whole(program, f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m speakerplug_subtitle_edit "$@"\n')
            program.chmod(0o755)
    except OSError as error:
        raise OutputError(f"{folder} cannot be written ({error.strerror or error}); check its permissions.") from error
    manifest = {**MANIFEST, "version": version(SCRIPT)}
    write_whole(folder / "plugin.json", json.dumps(manifest, indent=2) + "\n")  # last: it makes the folder a plugin
    return folder


def _windows_program() -> Path:
    """Return the program that pip made of our command: it runs this Python from whichever folder it is in."""
    beside = Path(sysconfig.get_path("scripts")) / f"{SCRIPT}.exe"
    found = str(beside) if beside.exists() else shutil.which(SCRIPT)
    if found is None:
        raise UsageError(f"{SCRIPT}.exe is missing; install the package again: pip install --force-reinstall {SCRIPT}")
    return Path(found)
