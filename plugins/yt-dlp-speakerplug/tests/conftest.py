"""The real yt-dlp on a path with FFmpeg, and a stand-in for the command `speakerplug`."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest

Command = Callable[..., str]
Downloads = Callable[..., subprocess.CompletedProcess[str]]

CUES = "1\n00:00:00,000 --> 00:00:02,000\nAna: Hello there.\n\n2\n00:00:02,000 --> 00:00:04,000\nBen: Hi!\n"


def progress(share: float, left: float | None) -> dict[str, Any]:
    """Return an event of progress."""
    return {"event": "progress", "share": share, "seconds_left": left}


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Return what makes a program that prints events, writes subtitles to its last path, and ends with a code."""

    def made(events: Iterable[Mapping[str, Any]] = (), code: int = 0, result: Path | None = None) -> str:
        """Return the path of the program; it keeps its arguments in a file beside it."""
        program, lines = tmp_path / "command.sh", "\n".join(map(json.dumps, events))
        script = f"#!/bin/sh\nprintf '%s\\n' \"$@\" > {shlex.quote(str(program))}.arguments\n"
        script += f"cat >&2 <<'END'\n{lines}\nEND\n"
        if result is not None:
            script += f"cat > {shlex.quote(str(result))} <<'END'\n{CUES}END\n"
        program.write_text(f"{script}exit {code}\n")
        program.chmod(0o755)
        return str(program)

    return made


@pytest.fixture
def download(tmp_path: Path) -> Downloads:
    """Return what runs the real `yt-dlp` in a folder of its own; it finds FFmpeg, and our command."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "ffmpeg").symlink_to(imageio_ffmpeg.get_ffmpeg_exe())
    path = os.pathsep.join((str(programs), str(Path(sys.executable).parent), os.environ["PATH"]))

    def run(*arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run it on files of this machine, without a network, a cache or a configuration."""
        options = ("--ignore-config", "--no-progress", "--no-cache-dir", "--enable-file-urls")
        return subprocess.run(
            ["yt-dlp", *options, *map(str, arguments)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=300,
            env={**os.environ, "PATH": path, "HF_HUB_OFFLINE": "1", "SPEAKERPLUG_DEVICE": "cpu", **variables},
        )

    return run
