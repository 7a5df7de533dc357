"""Records the names that a process looks up, including those that native code asks the system for."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SOURCE = """
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
    FILE *file = fopen(getenv("LOOKED_UP"), "a");
    if (file) { fprintf(file, "%s\\n", node ? node : ""); fclose(file); }
    return EAI_FAIL;
}
"""
AUDITED = """
import os, sys
def note(event, given):
    if event == "socket.getaddrinfo":
        with open(os.environ["LOOKED_UP"], "a") as file: print(given[0], file=file)
sys.addaudithook(note)
"""


@dataclass(frozen=True)
class Process:
    """A Python process without this one's home, temporary folder and switches; its look-ups fail.

    Without a C compiler, only look-ups of Python are recorded: `is_native` says so.
    """

    folder: Path
    is_native: bool

    @classmethod
    def within(cls, folder: Path) -> Process:
        """Return a process with a home and a temporary folder in `folder`, both empty."""
        for name in ("home", "tmp"):
            (folder / name).mkdir(parents=True)
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None or not sys.platform.startswith("linux"):
            return cls(folder, False)
        (folder / "recorder.c").write_text(SOURCE)
        command = [compiler, "-shared", "-fPIC", "-o", folder / "recorder.so", folder / "recorder.c"]
        return cls(folder, subprocess.run(command, check=False, capture_output=True).returncode == 0)

    def start(self, code: str, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """Start `code`."""
        own = {
            name: os.environ[name] for name in ("PATH", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE") if name in os.environ
        }
        home = {"HOME": str(self.folder / "home"), "TMPDIR": str(self.folder / "tmp")}
        recorder = {"LD_PRELOAD": str(self.folder / "recorder.so")} if self.is_native else {}
        return subprocess.Popen(
            [sys.executable, "-c", code if self.is_native else AUDITED + code, *arguments],
            env={**own, **home, **recorder, "LOOKED_UP": str(self.folder / "looked-up"), **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, code: str, *arguments: str, **variables: str) -> str:
        """Run `code`, which must succeed, and return its stderr."""
        with self.start(code, *arguments, **variables) as process:
            _, said = process.communicate(timeout=600)
        assert process.returncode == 0, said
        return said

    def looked_up(self) -> set[str]:
        """Return the names that were looked up so far."""
        path = self.folder / "looked-up"
        return set(path.read_text().split()) if path.exists() else set()

    def files(self) -> list[str]:
        """Return the files that were created in the home and the temporary folder."""
        found = (path for name in ("home", "tmp") for path in (self.folder / name).rglob("*") if not path.is_dir())
        return sorted(str(path.relative_to(self.folder)) for path in found)
