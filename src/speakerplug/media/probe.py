"""Probe a container: where the audio stream to decode lies on the player's clock."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from ..errors import MediaError
from .clock import ClockKind, kind_of

if TYPE_CHECKING:
    from av.container import InputContainer

    from .tracks import AudioTrack

# The headers of these state how long a stream is; for others it is estimated from the bit rate or the file size.
FORMATS_THAT_STATE_LENGTH = ("mov", "flac", "wav")


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """The audio stream to decode.

    `index` counts all streams of the container. `origin` is the stream time (seconds) at which a player's clock says 0.
    `end` is where the stream should end on that clock (seconds), None if unknown; `stated` says that the file
    states it, rather than that it was estimated. `channels` is their number, `layout` FFmpeg's name for them.
    `clock` says where the times of its frames come from.
    """

    index: int
    origin: float
    end: float | None
    stated: bool
    channels: int = 1
    layout: str = "mono"
    clock: ClockKind = ClockKind.STORED


def open_container(file: Path | IO[bytes], title: str = "") -> InputContainer:
    """Open a media file; messages call it `title`, or by its path. Raises MediaError for what FFmpeg cannot open."""
    import av

    try:
        # An absolute path, because FFmpeg takes `name:rest` for a protocol.
        return av.open(str(file.absolute()) if isinstance(file, Path) else file, "r", metadata_errors="replace")
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise MediaError(
            f"{title or file} is not a readable recording, or it is cut off before its end: "
            "check that it plays in a media player, and copy or export it again."
        ) from error


def probe(container: InputContainer, track: AudioTrack) -> StreamInfo:
    """Return the stream of an audio track."""
    stream: Any = container.streams[track.index]
    origin = (container.start_time or 0) / 1_000_000
    end, stated = _end(container, stream)
    layout = stream.codec_context.layout
    return StreamInfo(
        index=stream.index,
        origin=origin,
        end=None if end is None else end - origin,
        stated=stated,
        channels=layout.nb_channels,
        layout=layout.name,
        clock=kind_of(container),
    )


def _end(container: InputContainer, stream: Any) -> tuple[float | None, bool]:
    """Return where the stream ends, in seconds of stream time, and whether the file states it."""
    if stream.duration is not None:
        kind = container.format.name.split(",")[0]
        # An MP3 stream has a start time only where a header says how long it is.
        stated = kind in FORMATS_THAT_STATE_LENGTH or (kind == "mp3" and stream.start_time is not None)
        return float((stream.duration + (stream.start_time or 0)) * stream.time_base), stated
    if "DURATION" in stream.metadata:  # written by Matroska muxers, as 00:01:02.345000000
        hours, minutes, seconds = stream.metadata["DURATION"].split(":")
        return 3600 * float(hours) + 60 * float(minutes) + float(seconds), True
    if container.duration is not None:
        return (container.duration + (container.start_time or 0)) / 1_000_000, len(container.streams) == 1
    return None, False
