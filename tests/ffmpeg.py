"""FFmpeg, whatever the machine has: environments with its libraries and its program, and without them.

Both are environments for a process, as the loader looks for libraries when a process starts.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import av
import imageio_ffmpeg

VERSIONS = range(50, 80)
"""The numbers that libavutil has in its name: 56 is FFmpeg 4, 60 is FFmpeg 8."""


def with_libraries(folder: Path) -> dict[str, str]:
    """Return the environment of a process in which torchcodec finds FFmpeg's libraries; `folder` is to be empty.

    They are those of PyAV's wheel, under the names that torchcodec uses. A PyAV that was built here has none: it uses
    those of the system, which are found anyway.
    """
    for library in (Path(av.__file__).parent.parent / "av.libs").glob("*"):
        (folder / library.name).symlink_to(library)
        if plain := re.fullmatch(r"(lib(?:av|sw)[a-z]+)-\w+\.so\.(\d+)\..*", library.name):
            (folder / "{}.so.{}".format(*plain.groups())).symlink_to(library)
    return {"LD_LIBRARY_PATH": str(folder)}


def without_libraries(folder: Path) -> dict[str, str]:
    """Return the environment of a process in which FFmpeg's libraries cannot be loaded; `folder` must be empty.

    Empty files of their names come first in the search, and the loader gives up at them.
    """
    for version in VERSIONS:
        (folder / f"libavutil.so.{version}").touch()
    return {"LD_LIBRARY_PATH": str(folder)}


def packaged_program(folder: Path) -> Path:
    """Return the path of a program `ffmpeg` in `folder`, the one that comes with imageio-ffmpeg."""
    program = folder / "ffmpeg"
    program.symlink_to(imageio_ffmpeg.get_ffmpeg_exe())
    return program


def path_without_program(folder: Path) -> str:
    """Return a PATH without FFmpeg's programs, but with everything else; `folder` must be empty.

    A folder of PATH that contains them is replaced by one in `folder` with links to all else.
    """
    kept = []
    for number, place in enumerate(os.get_exec_path()):
        if not shutil.which("ffmpeg", path=place):
            kept.append(place)
            continue
        stand_in = folder / str(number)
        stand_in.mkdir()
        for program in Path(place).iterdir():
            if not program.name.startswith(("ffmpeg", "ffprobe")):
                (stand_in / program.name).symlink_to(program)
        kept.append(str(stand_in))
    return os.pathsep.join(kept)
