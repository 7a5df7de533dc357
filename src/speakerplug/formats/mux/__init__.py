"""Mux the subtitles of a transcript into a copy of its recording, as a track that players can turn on and off."""

from __future__ import annotations

import io
import logging
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import MediaError, OutputError, UsageError
from ...media.probe import open_container
from ...subtitles import Cue, CueRules, cues_from
from ...system.files import whole_file
from ...system.progress import Progress
from ...transcript import Transcript
from ..languages import three_letters
from . import with_ffmpeg, with_pyav
from .containers import BY_SUFFIX, M4A, MKA, MKV, MP4, Container
from .track import SubtitleTrack
from .with_pyav import Copy, CopyError

if TYPE_CHECKING:
    from av.container import InputContainer

__all__ = ["Container", "container_for", "embed", "subtitled_path"]

log = logging.getLogger(__name__)


def embed(
    transcript: Transcript,
    media: str | Path,
    path: str | Path | None = None,
    rules: CueRules | None = None,
    progress: Progress | None = None,
    cues: Sequence[Cue] | None = None,
) -> Path:
    """Write a copy of the recording `media` with the cues of SRT as a track; return its path.

    `cues` are those to write in place of new ones. Without `path` it is next to the recording (`subtitled_path`).
    Audio, video and other subtitles are copied, not encoded again; the new track is the default one. Raises MediaError
    for a recording that cannot be read or copied, UsageError for a `path` whose suffix is no container with subtitles,
    and OutputError where it cannot be written.
    `progress` is called as `progress("copy", seconds_done, seconds_total)`, in seconds of the recording.
    """
    media = Path(media)
    container = container_for(media, path)
    path = Path(path) if path is not None else subtitled_path(media, container)
    if path.exists() and os.path.samefile(path, media):
        raise OutputError(f"{path} is the recording itself; choose another name for the copy.")
    cues = cues_from(transcript, (rules or CueRules()).for_srt) if cues is None else cues
    if not cues:
        log.warning("%s has no words; its copy has no subtitles.", media.name)
    track = SubtitleTrack.of(cues, three_letters(transcript.language))
    with whole_file(path) as temporary:
        try:
            with_pyav.write(media, temporary, container, track, progress)
        except CopyError as error:
            with_ffmpeg.write(media, temporary, container, track, error)
    return path


def subtitled_path(media: Path, container: Container) -> Path:
    """Return the default path of the copy of a recording: `talk.subtitled.mp4` next to `talk.mp4`."""
    return media.with_name(f"{media.stem}.subtitled{container.suffix}")


def container_for(media: str | Path, path: str | Path | None = None) -> Container:
    """Return the container for a copy of `media`: that of the suffix of `path`, else the one most like `media`.

    Recordings in MP4 and MOV stay MP4 if that can hold their codecs; others become Matroska. Raises MediaError where
    `media` cannot be read or no container can hold it, UsageError for a `path` with an unknown suffix.
    """
    media = Path(media)
    if path is not None and Path(path).suffix.lower() not in BY_SUFFIX:
        raise UsageError(f"{path} cannot hold a recording with subtitles; end its name in {', '.join(BY_SUFFIX)}.")
    with open_container(media) as source:
        kinds = _kinds_like(source, media) if path is None else (BY_SUFFIX[Path(path).suffix.lower()],)
        reasons = []
        for kind in kinds:
            try:
                _try(source, kind)
            except CopyError as error:
                reasons.append(str(error))
            else:
                return kind
    if shutil.which("ffmpeg") is not None:
        return kinds[-1]  # ffmpeg can convert what PyAV cannot
    hint = "convert it to MP4" if path is None else f"end the name of the copy in {MKV.suffix}"
    raise MediaError(f"{media} and subtitles do not fit into one file ({reasons[-1]}); {hint}, or install ffmpeg.")


def _kinds_like(source: InputContainer, media: Path) -> tuple[Container, ...]:
    from av.stream import Disposition

    moving = any(not stream.disposition & Disposition.attached_pic for stream in source.streams.video)
    other = MKV if moving else MKA
    if "mp4" not in source.format.name.split(","):
        return (other,)
    return (M4A if media.suffix.lower() in (".m4a", ".m4b") else MP4, other)


def _try(source: InputContainer, container: Container) -> None:
    """Write the header of a copy to memory. Raises CopyError if the container cannot hold the streams."""
    with Copy(source, io.BytesIO(), container) as copy:
        copy.add_subtitles("und")
        copy.begin()
