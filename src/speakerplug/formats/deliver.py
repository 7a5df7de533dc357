"""Write a transcript to one of its targets: a file in a format, or a copy of the recording with subtitles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..media.tracks import TrackChoice
from ..plugin.formats import FormatRegistration
from ..system.streams import is_stream
from .save import media_for, written
from .targets import EMBED, OutputOptions

if TYPE_CHECKING:
    from ..system.progress import Progress
    from ..transcript import Transcript
    from .kept import KeptCues


def content_of(
    transcript: Transcript,
    format: FormatRegistration,
    path: Path | None,
    options: OutputOptions,
    recording: Path | None = None,
    track: int | str | None = None,
) -> str | bytes:
    """Return the content of the file at `path`, None for standard output, in a format.

    `recording` is None where it is unknown, `track` the audio track that was asked for.
    """
    folder = Path() if path is None or is_stream(path) else path.parent
    choice = TrackChoice(track, transcript.language)
    media = media_for(format, recording, folder, options.embed_audio, choice)
    return written(transcript, format, options.rules, media=media, crlf=options.crlf, bom=options.bom)


def write_copy(
    transcript: Transcript,
    name: str,
    path: Path,
    recording: Path,
    options: OutputOptions,
    progress: Progress | None = None,
    kept: KeptCues | None = None,
) -> Path:
    """Write a copy of the recording with subtitles as a track or in its picture; return its path."""
    rules = options.rules
    if name == EMBED:
        from .mux import embed

        cues = None if kept is None else kept.track(transcript, rules)
        return embed(transcript, recording, path, rules, progress, cues)
    from .burn import burn

    script = None if kept is None else kept.script(transcript, rules)
    return burn(transcript, recording, path, rules, progress, script)
