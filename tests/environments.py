"""Environments that are really broken: this one's packages, without some or with others in their place."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import speakerplug

ROOT = Path(__file__).parents[1]
SOURCES = (Path(speakerplug.__file__).parents[1], *sorted(ROOT.glob("plugins/*/src")))


@dataclass(frozen=True)
class Environment:
    """A folder of packages, and Python with it alone."""

    packages: Path

    def python(self, code: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run `code` there; it finds neither a hub nor a token."""
        path = os.pathsep.join(map(str, (*SOURCES, self.packages)))
        apart = {"PYTHONPATH": path, "HF_ENDPOINT": "http://127.0.0.1:9", "HF_TOKEN": "", **variables}
        command = [sys.executable, "-S", "-c", code, *arguments]  # -S: without the packages of this environment
        return subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=300, env={**os.environ, **apart}
        )

    def speakerplug(self, *arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the command line there."""
        code = "from speakerplug.cli import run; run()"
        return self.python(code, *map(str, arguments), **variables)


def environment(folder: Path, without: tuple[str, ...] = (), instead: Mapping[str, Path] | None = None) -> Environment:
    """Return an environment in `folder` with links to the packages of this one, except those named in `without`.

    `without` are beginnings of names; `instead` are folders or files that replace packages.
    """
    folder.mkdir()
    instead = instead or {}
    for place in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        for package in Path(place).iterdir():
            if package.name not in instead and not package.name.startswith(without) and package.suffix != ".pth":
                (folder / package.name).symlink_to(package)
    for name, path in instead.items():
        (folder / name).symlink_to(path)
    return Environment(folder)
