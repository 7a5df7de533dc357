"""Environments of real hosts that cannot share ours: made once below .cache/hosts, and kept."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
import pytest

ROOT = Path(__file__).parents[2]
WHISPERX = "whisperx==3.8.6"
OURS = ("--editable", ".", "--editable", "./plugins/speakerplug-bundled")

Run = Callable[..., str]


def made(folder: Path, *packages: str) -> Path:
    """Return the folder of programs in an environment with our packages and these, as pip would resolve them."""
    uv, own = [str(Path(sys.executable).with_name("uv"))], str(folder / "bin" / "python")
    done = folder / "installed"
    if not done.exists() or done.stat().st_mtime < (ROOT / "pyproject.toml").stat().st_mtime:
        subprocess.run(
            [*uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(folder)], check=True
        )
        install = [*uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", own]
        subprocess.run([*install, *OURS, *packages], cwd=ROOT, check=True)
        done.touch()
    return folder / "bin"


@pytest.fixture(scope="session")
def whisperx(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return what runs a program of WhisperX's environment and returns its output; ffmpeg is on its path."""
    programs = made(ROOT / ".cache" / "hosts" / WHISPERX.replace("==", "-"), WHISPERX)
    folder = tmp_path_factory.mktemp("ffmpeg")
    (folder / "ffmpeg").symlink_to(imageio_ffmpeg.get_ffmpeg_exe())
    path = os.pathsep.join((str(folder), os.environ["PATH"]))

    def run(program: str, *arguments: str | Path) -> str:
        """Run it without a network, and return what it prints; its errors are the test's."""
        done = subprocess.run(
            [str(programs / program), *map(str, arguments)],
            capture_output=True,
            text=True,
            env={**os.environ, "PATH": path, "HF_HUB_OFFLINE": "1", "HF_TOKEN": ""},
            timeout=600,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    return run
