"""Copy a recording with PyAV, packet by packet, with a subtitle track among its streams."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any

from ...media.clock import SteadyClock
from ...media.probe import open_container
from ...system.progress import Progress
from .containers import Container
from .track import TITLE, Feed, Sample, SubtitleTrack

if TYPE_CHECKING:
    from av import Packet
    from av.container import InputContainer
    from av.stream import Stream

log = logging.getLogger(__name__)

COPIED = ("video", "audio", "subtitle", "attachment")
REPORT_INTERVAL_S = 10.0
"""Seconds of the recording between two reports of progress."""
KEPT_TAGS = ("hvc1",)
"""Codec tags in MP4 that matter: Apple's players show HEVC under this one alone."""
OF_ONE_FILE = ("major_brand", "minor_version", "compatible_brands", "encoder")

# The header that subtitle encoders need for fonts; it is FFmpeg's own default style.
_STYLE = b"""[Script Info]
ScriptType: v4.00+
PlayResX: 384
PlayResY: 288
[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, \
StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Arial,16,&Hffffff,&Hffffff,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,1
[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


class CopyError(Exception):
    """PyAV cannot copy a recording; the message says why."""


def write(
    media: Path, path: Path, container: Container, track: SubtitleTrack, progress: Progress | None = None
) -> None:
    """Write a copy of `media` with `track` to `path`. Raises CopyError where PyAV cannot, OSError for I/O errors."""
    reported_s = 0.0
    with open_container(media) as source, path.open("wb") as file, Copy(source, file, container) as copy:
        stream = copy.add_subtitles(track.language)
        copy.begin()
        feed = Feed(track, ends=container.codec == "mov_text")
        for packet in copy.packets():
            if packet.dts is not None:
                copy.mux([_packet(sample, stream, container) for sample in feed.until(_milliseconds(packet))])
                done_s = _milliseconds(packet) / 1000
                if progress is not None and done_s >= reported_s + REPORT_INTERVAL_S:
                    reported_s = done_s
                    progress("copy", done_s, max(done_s, (source.duration or 0) / 1_000_000))
            copy.mux([packet])
        copy.mux([_packet(sample, stream, container) for sample in feed.until(math.inf)])


class Copy:
    """A file that is being written, with a stream for each stream of `source` that can be copied."""

    def __init__(self, source: InputContainer, file: IO[bytes], container: Container) -> None:
        import av
        from av.subtitles.codeccontext import SubtitleCodecContext

        if not hasattr(SubtitleCodecContext, "subtitle_header"):
            raise CopyError("this version of PyAV cannot write subtitles, update it")
        self._source, self._container = source, container
        self._clock = SteadyClock(source, -Fraction(source.start_time or 0, 1_000_000))
        self._output = av.open(file, "w", format=container.format, options=container.options, metadata_errors="replace")
        self._streams: dict[int, Any] = {}
        with _explained():
            for stream in source.streams:
                if stream.type in COPIED:
                    self._add(stream)
        self._output.metadata.update({k: v for k, v in source.metadata.items() if k not in OF_ONE_FILE})
        self._output.set_chapters(source.chapters())

    def _add(self, stream: Any) -> None:
        from av.stream import Disposition

        pictured = bool(stream.disposition & Disposition.attached_pic)
        if pictured and self._container.format == "matroska":
            return self._attach(stream)
        made = self._output.add_stream_from_template(stream, opaque=True)
        made.metadata.update(stream.metadata)
        # The new track is the default one.
        hidden = Disposition.default if stream.type == "subtitle" else Disposition(0)
        made.disposition = (stream.disposition & ~hidden).value  # a number, for older versions of PyAV
        if stream.type == "video":
            # A template lacks what only the container says.
            made.codec_context.sample_aspect_ratio = stream.sample_aspect_ratio or 0
            if self._container.codec == "mov_text" and stream.codec_context.codec_tag in KEPT_TAGS:
                made.codec_context.codec_tag = stream.codec_context.codec_tag
        self._streams[stream.index] = made
        return None

    def _attach(self, stream: Stream) -> None:
        """Add a cover, which Matroska stores as an attachment."""
        with open_container(Path(self._source.name)) as again:
            data = next((bytes(packet) for packet in again.demux(again.streams[stream.index])), b"")
        kind = {"mjpeg": "jpeg"}.get(stream.name or "", stream.name or "jpeg")
        name = stream.metadata.get("filename", f"cover.{kind.replace('jpeg', 'jpg')}")
        self._output.add_attachment(name, stream.metadata.get("mimetype", f"image/{kind}"), data)

    def add_subtitles(self, language: str) -> Any:
        """Return a new stream for the track, the default one of its kind."""
        from av.stream import Disposition

        with _explained():
            stream: Any = self._output.add_stream(self._container.codec)
            stream.codec_context.subtitle_header = _STYLE
        stream.time_base = Fraction(1, 1000)
        name = "handler_name" if self._container.codec == "mov_text" else "title"
        stream.metadata.update({"language": language, "title": TITLE, name: TITLE})
        stream.disposition = Disposition.default.value
        return stream

    def begin(self) -> None:
        """Write the header of the file. Raises CopyError for streams that the container cannot hold."""
        with _explained():
            self._output.start_encoding()

    def packets(self) -> Iterator[Packet[Any]]:
        """Yield all packets of the source, in its order, as packets of the copy, whose clock begins at 0."""
        import av

        packets = self._source.demux(*(self._source.streams[index] for index in self._streams))
        while True:
            try:
                packet = next(packets, None)
            except av.error.FFmpegError as error:
                log.warning("%s is damaged (%s); its copy ends there.", self._source.name, error)
                return
            if packet is None:
                return
            if packet.dts is not None or packet.size:  # else it only marks the end of a stream
                self._clock.move(packet)
                packet.stream = self._streams[packet.stream.index]
                yield packet

    def mux(self, packets: list[Packet[Any]]) -> None:
        """Write packets."""
        with _explained():
            self._output.mux(packets)

    def __enter__(self) -> Copy:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if error is not None:
            with suppress(Exception):  # the first error counts
                self._output.close()
            return
        with _explained():
            self._output.close()


@contextmanager
def _explained() -> Iterator[None]:
    """Raise CopyError for what PyAV cannot do; errors of the system stay as they are."""
    import av

    try:
        yield
    except (av.error.FFmpegError, ValueError, AttributeError, TypeError) as error:
        if isinstance(error, OSError):
            raise
        raise CopyError(str(error).partition(":")[0] or type(error).__name__) from error


def _milliseconds(packet: Packet[Any]) -> float:
    return float((packet.dts or 0) * packet.time_base * 1000)


def _packet(sample: Sample, stream: Any, container: Container) -> Packet[Any]:
    """Return a sample as it is stored: text, with its length in two bytes before it in MP4."""
    from av import Packet

    data = sample.text.encode("utf-8", "replace")
    packet: Packet[Any] = Packet(len(data).to_bytes(2, "big") + data if container.codec == "mov_text" else data)
    packet.pts = packet.dts = sample.start_ms
    packet.duration = sample.end_ms - sample.start_ms
    packet.time_base = Fraction(1, 1000)
    packet.stream = stream
    return packet
