"""Embeds the subtitles of a transcript into a copy of its recording, as a track that players can turn on and off."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from ...errors import OutputError
from ...subtitles import CueRules, cues_from
from ...system.files import whole_file
from ...transcript import Transcript
from ..languages import three_letters
from . import with_ffmpeg, with_pyav
from .containers import Container
from .select import container_for
from .stream_copy import CopyError
from .track import Track

__all__ = ["Container", "container_for", "embed", "subtitled_path"]

log = logging.getLogger(__name__)


def embed(
    transcript: Transcript, media: str | Path, path: str | Path | None = None, rules: CueRules | None = None
) -> Path:
    """Write a copy of the recording `media` with the cues of SRT as a track, and give its path back.

    Without `path` it lies beside the recording (`subtitled_path`). Sound, pictures and other subtitles are copied, not
    encoded anew; the track is the one that players show. Raises MediaError for a recording that cannot be read or
    copied, UsageError for a `path` whose suffix names nothing that holds subtitles, and OutputError where it cannot be
    written.
    """
    media = Path(media)
    container = container_for(media, path)
    path = Path(path) if path is not None else subtitled_path(media, container)
    if path.exists() and os.path.samefile(path, media):
        raise OutputError(f"{path} is the recording itself; choose another name for the copy.")
    cues = cues_from(transcript, (rules or CueRules()).for_srt)
    if not cues:
        log.warning("Nobody speaks in %s; its copy has no subtitles.", media.name)
    track = Track.of(cues, three_letters(transcript.language))
    with whole_file(path) as temporary:
        try:
            with_pyav.write(media, temporary, container, track)
        except CopyError as error:
            with_ffmpeg.write(media, temporary, container, track, error)
    return path


def subtitled_path(media: Path, container: Container) -> Path:
    """Where the copy of a recording lies if nothing else is said: `talk.subtitled.mp4` beside `talk.mp4`."""
    return media.with_name(f"{media.stem}.subtitled{container.suffix}")
