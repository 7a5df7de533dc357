"""Run a command as on a machine with Debian's FFmpeg, or on one without any; nothing is installed.

    python -m tests.jobs.ffmpeg debian|none COMMAND...

Debian's packages are unpacked below .cache/debian-ffmpeg, once; that needs apt with its lists (`apt-get update`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.ffmpeg import path_without_program, without_libraries

ROOT = Path(__file__).parents[2]
UNPACKED = ROOT / ".cache" / "debian-ffmpeg"


def debian() -> dict[str, str]:
    """Return an environment with the ffmpeg of Debian: the one that is installed, else its packages, unpacked."""
    if subprocess.run(["dpkg", "-s", "ffmpeg"], capture_output=True).returncode == 0:
        return {}
    if not UNPACKED.is_dir():
        unpack(UNPACKED)
    libraries = dict.fromkeys(str(file.parent) for file in sorted(UNPACKED.rglob("*.so*")))
    return {
        "PATH": os.pathsep.join((str(UNPACKED / "usr" / "bin"), os.environ["PATH"])),
        "LD_LIBRARY_PATH": os.pathsep.join(libraries),
    }


def unpack(folder: Path) -> None:
    """Download Debian's ffmpeg and all dependencies that this machine lacks, and unpack them to `folder`."""
    wanted = subprocess.run(
        ["apt-get", "install", "--simulate", "--no-install-recommends", "ffmpeg"], capture_output=True, text=True
    )
    if wanted.returncode:
        sys.exit(f"apt-get cannot find ffmpeg ({wanted.stderr.strip()}); run: apt-get update")
    names = [line.split()[1] for line in wanted.stdout.splitlines() if line.startswith("Inst ")]
    with tempfile.TemporaryDirectory(dir=ROOT / ".cache") as temporary:
        subprocess.run(["apt-get", "download", "--quiet", *names], cwd=temporary, check=True)
        for package in sorted(Path(temporary).glob("*.deb")):
            subprocess.run(["dpkg-deb", "--extract", package, Path(temporary) / "root"], check=True)
        (Path(temporary) / "root").rename(folder)


def main(situation: str, *command: str) -> int:
    """Run `command` in that situation, print which, and return its exit code."""
    (ROOT / ".cache").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        if situation == "debian":
            changed = debian()
        else:
            libraries, programs = Path(temporary, "libraries"), Path(temporary, "programs")
            libraries.mkdir()
            programs.mkdir()
            changed = {**without_libraries(libraries), "PATH": path_without_program(programs)}
        environment = {**os.environ, **changed}
        found = shutil.which("ffmpeg", path=environment["PATH"])
        version = found and subprocess.run([found, "-version"], env=environment, capture_output=True, text=True).stdout
        print(f"With {version.splitlines()[0]}" if version else "Without FFmpeg", flush=True)
        if bool(version) != (situation == "debian"):
            sys.exit(f"This is not the situation {situation!r} that was asked for.")
        return subprocess.run(command, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
