"""What is in a media file: which audio stream is meant, and where it lies on the player's clock."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from os import SEEK_END
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from ..errors import MediaError

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer

# Their headers say how long a stream is; others are estimated from the bit rate or from what is there.
FORMATS_THAT_STATE_LENGTH = ("mov", "flac", "wav")


@dataclass(frozen=True, slots=True)
class Sound:
    """The audio stream to decode.

    `index` counts all streams of the container. `origin` is the stream time, in seconds, at which a player's
    clock says 0. `end` is where the stream should end on that clock, None if nobody knows; `stated` says that the file
    itself says so, rather than an estimate. `channels` is how many there are, and `layout` how FFmpeg calls them.
    """

    index: int
    origin: float
    end: float | None
    stated: bool
    channels: int = 1
    layout: str = "mono"


def open_container(file: Path | IO[bytes], title: str = "") -> InputContainer:
    """Open a file, which messages call `title`, or by its path. Raises MediaError where FFmpeg makes nothing of it."""
    import av

    try:
        # An absolute path, because FFmpeg takes `name:rest` for a protocol.
        return av.open(str(file.absolute()) if isinstance(file, Path) else file, "r", metadata_errors="replace")
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise MediaError(
            f"{title or file} is no recording that can be read, or it was cut off before its end: "
            "check that it plays in a media player, and copy or export it again."
        ) from error


def probe(container: InputContainer, title: str, reading: Callable[[], AbstractContextManager[IO[bytes]]]) -> Sound:
    """Return the audio stream that a player would choose; `reading` gives the file that the container is in.

    Raises MediaError where there is none.
    """
    stream = choose(container, title)
    origin = (container.start_time or 0) / 1_000_000
    end, stated = _end(container, stream)
    if end is not None:
        end = (end - origin) * (_missing_from_wav(reading) if container.format.name == "wav" else 1.0)
    layout = stream.codec_context.layout
    return Sound(stream.index, origin, end, stated, layout.nb_channels, layout.name)


def choose(container: InputContainer, title: object) -> AudioStream:
    """The default stream, rather not a commentary or one for the impaired, then FFmpeg's best, then the first.

    Raises MediaError for a file without sound, or with none that can be decoded.
    """
    if not container.streams.audio:
        raise MediaError(f"{title} has no sound: choose a recording with an audio track.")
    streams = [stream for stream in container.streams.audio if stream.codec_context is not None]
    if not streams:
        raise MediaError(f"The sound in {title} is of a kind that cannot be decoded: convert it to AAC or WAV.")
    best = container.streams.best("audio")
    return max(streams, key=lambda stream: (*_preference(stream), stream is best))


def _preference(stream: AudioStream) -> tuple[bool, bool]:
    from av.stream import Disposition

    aside = ("comment", "hearing_impaired", "visual_impaired", "descriptions", "karaoke", "lyrics")
    flags = stream.disposition
    return bool(flags & Disposition.default), not any(flags & Disposition[name] for name in aside)


def _end(container: InputContainer, stream: Any) -> tuple[float | None, bool]:
    """Where the stream ends, in seconds of stream time, and whether the file states it."""
    if stream.duration is not None:
        kind = container.format.name.split(",")[0]
        # An MP3 stream has a start time only where a header says how long it is.
        stated = kind in FORMATS_THAT_STATE_LENGTH or (kind == "mp3" and stream.start_time is not None)
        return float((stream.duration + (stream.start_time or 0)) * stream.time_base), stated
    if "DURATION" in stream.metadata:  # Matroska's writers leave it there, as 00:01:02.345000000
        hours, minutes, seconds = stream.metadata["DURATION"].split(":")
        return 3600 * float(hours) + 60 * float(minutes) + float(seconds), True
    if container.duration is not None:
        return (container.duration + (container.start_time or 0)) / 1_000_000, len(container.streams) == 1
    return None, False


def _missing_from_wav(reading: Callable[[], AbstractContextManager[IO[bytes]]]) -> float:
    """How many times longer a WAV file should be by its header than it is: FFmpeg quietly believes the file's size."""
    with reading() as file:
        header = file.read(8)
        size = file.seek(0, SEEK_END)
    stated = int.from_bytes(header[4:8], "little") + 8
    unknown = header[:4] != b"RIFF" or stated >= 0xFFFFFFFF
    return 1.0 if unknown else max(1.0, stated / size)
