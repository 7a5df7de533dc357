"""Which kind of file the copy of a recording is: one that holds its streams, and subtitles."""

from __future__ import annotations

import io
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import MediaError, UsageError
from ...media.probe import open_container
from .containers import BY_SUFFIX, M4A, MKA, MKV, MP4, Container
from .stream_copy import Copy, CopyError

if TYPE_CHECKING:
    from av.container import InputContainer


def container_for(media: str | Path, path: str | Path | None = None) -> Container:
    """The kind of file for a copy of `media`: what the suffix of `path` says, else what is most like `media`.

    Recordings in MP4 and MOV stay MP4 if that holds their codecs; the others become Matroska. Raises MediaError where
    `media` cannot be read or no kind holds it, UsageError for a `path` with a suffix that is not known.
    """
    media = Path(media)
    if path is not None and Path(path).suffix.lower() not in BY_SUFFIX:
        raise UsageError(f"{path} cannot hold subtitles beside a recording; end its name in {', '.join(BY_SUFFIX)}.")
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
        return kinds[-1]  # the program knows some ways that PyAV does not
    remedy = "convert it to MP4" if path is None else f"end the name of the copy in {MKV.suffix}"
    raise MediaError(f"{media} and subtitles do not go into one file ({reasons[-1]}); {remedy}, or install ffmpeg.")


def _kinds_like(source: InputContainer, media: Path) -> tuple[Container, ...]:
    from av.stream import Disposition

    moving = any(not stream.disposition & Disposition.attached_pic for stream in source.streams.video)
    other = MKV if moving else MKA
    if "mp4" not in source.format.name.split(","):
        return (other,)
    return (M4A if media.suffix.lower() in (".m4a", ".m4b") else MP4, other)


def _try(source: InputContainer, container: Container) -> None:
    """Write the head of a copy to nowhere: it tells whether the streams can be there."""
    with Copy(source, io.BytesIO(), container) as copy:
        copy.add_subtitles("und")
        copy.begin()
