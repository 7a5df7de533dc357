"""Downloads of URLs with yt-dlp, where it is installed and --download asks for it."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from urllib.parse import urlsplit
from urllib.request import url2pathname

from ..errors import MediaError, UsageError
from . import options


def check_url(url: str, given: options.Given) -> None:
    """Raise UsageError, with the line that downloads a URL, unless --download can do it."""
    if url.lower().startswith("file:"):
        raise UsageError(f"{url!r} is the URL of a file; give its path, as in {_path(url)}")
    line = shlex.join(["yt-dlp", "-o", "talk.%(ext)s", url])
    if not given["download"]:
        also = "and so does --download" if _yt_dlp() else "once it is installed (pip install yt-dlp)"
        raise UsageError(f"{url!r} is a URL, not a file: {line} downloads it, {also}.")
    if given["offline"]:
        raise UsageError("--download needs the network; leave out --offline.")
    if not _yt_dlp():
        raise UsageError("--download needs yt-dlp, which is not installed; pip install yt-dlp")


def _path(url: str) -> str:
    """Return the path in a URL of a file, as it is typed."""
    return shlex.quote(url2pathname(urlsplit(url).path))


def _yt_dlp() -> list[str]:
    """Return the command that runs yt-dlp; [] where it is not installed."""
    program = shutil.which("yt-dlp")
    if program is not None:
        return [program]
    return [sys.executable, "-m", "yt_dlp"] if find_spec("yt_dlp") is not None else []


def download(url: str, output: str | None, quiet: bool) -> str:
    """Return the file into which yt-dlp downloads a URL: in the folder of the results, or the current one.

    Raises MediaError where that fails; why is said by yt-dlp.
    """
    folder = output if output is not None and (output.endswith(("/", os.sep)) or os.path.isdir(output)) else "."
    name = ["--paths", folder, "--output", "%(title).120B [%(id)s].%(ext)s"]
    shown = ["--quiet", *([] if quiet else ["--progress"]), "--no-simulate", "--print", "after_move:filepath"]
    done = subprocess.run([*_yt_dlp(), "--no-playlist", *name, *shown, "--", url], stdout=subprocess.PIPE, check=False)
    files = os.fsdecode(done.stdout).splitlines()
    if done.returncode or not files:
        raise MediaError(f"yt-dlp could not download {url} (exit code {done.returncode}); update it, or give a file.")
    return os.path.relpath(files[-1]) if folder == "." else files[-1]
