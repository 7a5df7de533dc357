"""Draw the subtitles of a transcript into the picture of a copy of its recording, with the program ffmpeg."""

from __future__ import annotations

import logging
import re
import shlex
import shutil
import subprocess
from pathlib import Path

from ..errors import MediaError, OutputError
from ..media.probe import open_container
from ..subtitles import PROFILES, CueRules
from ..system.files import whole_file, write_whole
from ..system.progress import Progress
from ..system.temporary import temporary_folder
from ..transcript import Transcript
from . import ass

log = logging.getLogger(__name__)

COPIED = ("aac", "mp3", "ac3", "eac3", "alac")
"""Codecs of audio that MP4 players know; others become AAC."""


def burn(
    transcript: Transcript,
    media: Path,
    path: Path,
    rules: CueRules | None = None,
    progress: Progress | None = None,
    script: str | None = None,
) -> Path:
    """Write a copy of the recording `media` with the cues of ASS in its picture, as MP4; return its path.

    `script` is the ASS to draw in place of a new one. The video is encoded again, audio of usual codecs is copied.
    `progress` is called as `progress("burn", seconds_done, seconds_total)`, in seconds of the recording.
    Without ffmpeg, the ASS is written next to `path`, and the error names the line to type. Raises MediaError for a
    recording without video, and where ffmpeg fails or is missing, OutputError where `path` is the recording or cannot
    be written.
    """
    if path.exists() and path.samefile(media):
        raise OutputError(f"{path} is the recording itself; choose another name for the copy.")
    audio, duration = _audio_of(media)
    text = ass.write(transcript, rules or PROFILES["netflix"]) if script is None else script
    program = shutil.which("ffmpeg")
    if program is None:
        subtitles = path.with_suffix(".ass")
        write_whole(subtitles, text)
        line = shlex.join(command("ffmpeg", media, subtitles, audio, path))
        raise MediaError(f"ffmpeg is not installed, so only {subtitles} was written; once it is, type `{line}`.")
    log.info("Drawing subtitles into a copy of %s", media.name)
    with temporary_folder() as folder, whole_file(path) as temporary:
        (folder / "subtitles.ass").write_text(text, encoding="utf-8")
        quiet = ("-nostdin", "-v", "error", "-nostats", "-progress", "pipe:1", "-y")
        asked = command(program, media.absolute(), Path("subtitles.ass"), audio, temporary.absolute(), quiet)
        messages = _run(asked, folder, duration, progress)
        if messages is not None:
            raise MediaError(
                f"ffmpeg cannot draw subtitles into {media} ({messages[-1] if messages else 'it failed'}); "
                "install one with libass, or give --embed-subs."
            )
    return path


def command(
    program: str, media: Path, subtitles: Path, audio: str, path: Path, options: tuple[str, ...] = ()
) -> list[str]:
    """Return the command that draws `subtitles` into the first video of `media`."""
    drawn = f"ass={escaped(str(subtitles))}"
    maps = ("-map", "0:v:0", "-map", "0:a?", "-sn")
    return [
        *(program, *options, "-i", str(media), *maps, "-vf", drawn),
        *("-c:v", "libx264", "-crf", "18", "-pix_fmt", "yuv420p", "-c:a", audio, "-movflags", "+faststart"),
        *("-f", "mp4", str(path)),
    ]


def escaped(name: str) -> str:
    """Return a file name as an argument of a filter of ffmpeg, which is unescaped twice."""
    once = re.sub(r"([\\':])", r"\\\1", name)
    return re.sub(r"([\\'\[\],;])", r"\\\1", once)


def _run(command: list[str], folder: Path, duration: float, progress: Progress | None) -> list[str] | None:
    """Run ffmpeg and report its progress; return what it printed if it fails, else None."""
    errors = folder / "errors.txt"
    with errors.open("wb") as file, subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=file) as run:
        try:
            for line in run.stdout or ():
                name, _, value = line.decode("ascii", "replace").strip().partition("=")
                if name == "out_time_us" and value.isdigit() and progress is not None:
                    done = int(value) / 1_000_000
                    progress("burn", done, max(done, duration))
        except BaseException:
            run.kill()
            raise
    return errors.read_text("utf-8", "replace").strip().splitlines() if run.returncode else None


def _audio_of(media: Path) -> tuple[str, float]:
    """Return the codec of the copy's audio, and the seconds of the recording, 0 where they are unknown.

    Raises MediaError for a recording without video.
    """
    from av.stream import Disposition

    with open_container(media) as source:
        if all(stream.disposition & Disposition.attached_pic for stream in source.streams.video):
            raise MediaError(f"{media} has no picture to draw subtitles into; give --embed-subs, or --srt.")
        known = all(stream.codec_context.name in COPIED for stream in source.streams.audio)
        duration = (source.duration or 0) / 1_000_000
    return "copy" if known else "aac", duration
