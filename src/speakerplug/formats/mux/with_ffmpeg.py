"""Copy a recording with the ffmpeg executable, if it is installed and PyAV cannot."""

from __future__ import annotations

import logging
import shutil
import subprocess
from pathlib import Path

from ...errors import MediaError
from ...media.probe import open_container
from ..fields import timecode
from ..vtt import escape
from .containers import Container
from .track import TITLE, SubtitleTrack

log = logging.getLogger(__name__)


def write(media: Path, path: Path, container: Container, track: SubtitleTrack, reason: Exception | None = None) -> None:
    """Write a copy of `media` with `track` to `path`; `reason` says why PyAV cannot.

    Raises MediaError without ffmpeg, or where it fails.
    """
    program = shutil.which("ffmpeg")
    if program is None:
        raise MediaError(
            f"PyAV cannot copy {media} ({reason}); install the program ffmpeg, update PyAV, or convert it to MP4."
        ) from reason
    log.info("PyAV cannot copy %s (%s): using ffmpeg", media.name, reason)
    done = subprocess.run(
        command(program, media, path, container, track.language), input=_vtt(track).encode(), capture_output=True
    )
    if done.returncode:
        messages = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise MediaError(
            f"{media} cannot be copied with subtitles ({messages[-1] if messages else 'ffmpeg failed'}); "
            "convert it to MP4."
        )


def command(program: str, media: Path, path: Path, container: Container, language: str) -> list[str]:
    """Return the command: subtitles from standard input, all streams but data copied, the new track the default."""
    with open_container(media) as source:
        others = len(source.streams.subtitles)
    inputs = ["-f", "webvtt", "-i", "pipe:0", "-fflags", "+genpts", "-i", str(media.absolute())]
    maps = ["-map", "1", "-map", "-1:d", "-map", "0", "-map_metadata", "1", "-map_chapters", "1", "-c", "copy"]
    about = [f"-metadata:s:s:{others}", f"language={language}"]
    for key in ("title", "handler_name") if container.codec == "mov_text" else ("title",):
        about += [f"-metadata:s:s:{others}", f"{key}={TITLE}"]
    for number in range(others):
        about += [f"-disposition:s:{number}", "0"]
    about += [f"-disposition:s:{others}", "default", f"-c:s:{others}", container.codec]
    kind = ["-f", container.format, *(word for pair in container.options.items() for word in ("-" + pair[0], pair[1]))]
    return [program, "-nostdin", "-v", "error", "-y", *inputs, *maps, *about, *kind, str(path)]


def _vtt(track: SubtitleTrack) -> str:
    """Return the track as WebVTT, as SRT could not escape "<b>"."""
    cues = (
        f"{timecode(sample.start_ms / 1000, '.')} --> {timecode(sample.end_ms / 1000, '.')}\n{escape(sample.text)}\n"
        for sample in track.samples
    )
    return "\n".join(("WEBVTT\n", *cues))
