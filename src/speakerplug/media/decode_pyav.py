"""Decode with PyAV, which bundles FFmpeg: packet by packet, so that damage costs only the damaged packets."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import av
import numpy as np

from ..errors import MediaError
from .clock import ClockKind, SteadyClock, kind_of
from .resample import MONO, Resampler
from .waveform import SAMPLE_RATE, SampleBuffer, SampleFile

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer

    from ..system.progress import Progress
    from .excerpts import Spans
    from .file import MediaFile
    from .phase import PhaseCheck
    from .probe import StreamInfo
    from .waveform import Samples, Stored

log = logging.getLogger("speakerplug")

# Frame times of intact files jitter by a millisecond or two; beyond this the audio is moved to where its time says.
MAX_JITTER_S = 0.05
# A frame that starts earlier than the end of the last by more than this comes from a clock that was set back.
MAX_OVERLAP_S = 1.0
MAX_BEYOND_END_S = 10.0
# A larger gap comes from a clock that jumped; players show shorter ones as silence.
MAX_GAP_S = 3600.0
SHORTFALL_S = 1.0
PREROLL_S = 1.0
"""Seconds before a part that are decoded, too, and dropped: codecs need some of what came before."""
REPORT_INTERVAL_S = 5.0


def decode(
    media: MediaFile,
    progress: Progress | None = None,
    mix: bool = True,
    spans: Spans = (),
    phase: PhaseCheck | None = None,
    again: bool = False,
) -> tuple[list[Stored], list[Samples]]:
    """Return the samples of each channel, or of their mix alone, and those of each channel within `spans`.

    16 kHz float32, each sample at its time; gaps are silent; on disk if the recording is long. Logs one warning if
    packets were damaged or the audio ends early. `phase` is shown the channels that are mixed.
    Logs nothing if the file is decoded `again`. Raises MediaError if nothing can be decoded, and UsageError if the
    recording ends before the part that is wanted.
    """
    info, wanted = media.info, media.part_info
    if info.stated and info.end is not None and info.end <= media.part.start:
        raise media.part.error_beyond(info.end, media.title)
    limit_s = media.part.duration
    if phase is not None:
        whole: ChannelBuffers = Mix(info.layout, wanted.end, phase, limit_s)
    else:
        whole = ChannelBuffers(MONO if mix else info.layout, wanted.end, limit_s=limit_s)
    excerpts = [Excerpts(info.layout, spans)] if spans else []
    end = None if info.end is None else info.end - media.part.start
    placer = Placer(replace(wanted, end=end), [whole, *excerpts])
    try:
        reader, is_complete = _read(media, placer, progress)
    except LandedLateError:
        reader, is_complete = _read(media, placer, progress, may_seek=False)
    channels = list(whole.finish(is_complete))
    if not len(channels[0]):
        if media.part.start and (info.end is None or info.end <= media.part.start):
            raise media.part.error_beyond(info.end, media.title)
        raise MediaError(
            f"{media.title} has no audio that can be decoded: it is damaged; copy or export it again."
        ) from reader.error
    if not again and not is_complete:
        _warn_of_damage(media, reader, media.part.start + len(channels[0]) / SAMPLE_RATE)
    return channels, [samples for each in excerpts for samples in each.finish()]


def _read(media: MediaFile, placer: Placer, progress: Progress | None, may_seek: bool = True) -> tuple[Reader, bool]:
    """Place all frames of the part; return their reader, and whether the end of a part was reached.

    Raises LandedLateError, before any frame was placed, if seeking has missed the start of the part.
    """
    part, expected, reported = media.part, media.part_info.end or 0.0, 0.0
    start = media.info.origin + part.start - PREROLL_S if part.start > PREROLL_S else None
    with media.container() as container:
        stream = next(found for found in container.streams.audio if found.index == media.info.index)
        is_sought = may_seek and start is not None and sought(container, stream, start)
        reader = Reader(container, stream, start)
        damaged, is_first = 0, True
        for frame in reader.frames():
            if is_sought and is_first and placer.time_of(frame) > 0:
                raise LandedLateError
            is_first = False
            placer.place(frame, after_loss=reader.damaged > damaged)
            damaged = reader.damaged
            if part.duration is not None and placer.now >= part.duration:
                return reader, True
            if progress is not None and placer.now > reported + REPORT_INTERVAL_S:
                reported = placer.now
                progress("decoding", reported, max(reported, expected))
        if is_sought and is_first:
            raise LandedLateError
    return reader, False


def _warn_of_damage(media: MediaFile, reader: Reader, end: float) -> None:
    info, name = media.info, media.name or media.title
    early = info.stated and info.end is not None and end < info.end - max(SHORTFALL_S, 0.02 * info.end)
    if early:
        log.warning("%s is cut off: its audio ends at %.1f s of %.1f s", name, end, info.end)
    elif reader.stopped and reader.error is not None:
        log.warning("%s cannot be read after %.1f s (%s): convert it to WAV or MP4", name, end, reader.error.strerror)
    elif reader.damaged:
        log.warning("%s is damaged: %d audio packets could not be decoded and were left out", name, reader.damaged)


class LandedLateError(Exception):
    """Seeking has gone beyond the start of a part."""


def sought(container: InputContainer, stream: AudioStream, start: float) -> bool:
    """Seek to a packet at or before `start` (seconds of stream time); return False where that is not safe.

    The times of a broadcast are known only to whoever has followed its clock. Raises LandedLateError if it fails.
    """
    if kind_of(container) is ClockKind.RESETS or not stream.time_base:
        return False
    try:
        container.seek(round(start / stream.time_base), stream=stream)
    except av.error.FFmpegError as error:
        raise LandedLateError from error
    return True


class Reader:
    """Reads the frames of a stream despite damage; counts `damaged` packets and keeps the last `error`.

    `stopped` says that the error was one of the container, which could not be read any further.
    Their times have no jumps. In a broadcast the packets of the video are read, too: they tell a jump from a gap.
    """

    def __init__(self, container: InputContainer, stream: AudioStream, start: float | None = None) -> None:
        """Packets that end before `start` (seconds of stream time) are not decoded."""
        self._start = start
        self._container = container
        self._stream = stream
        self._clock = SteadyClock(container)
        self._beside = container.streams.video[:1] if kind_of(container) is ClockKind.RESETS else ()
        self.damaged = 0
        self.stopped = False
        self.error: av.error.FFmpegError | None = None

    def frames(self) -> Iterator[AudioFrame]:
        """Yield every frame that can be decoded, in order."""
        try:
            for packet in self._container.demux(self._stream, *self._beside):
                self._clock.move(packet)
                if packet.stream.index == self._stream.index and not self._is_before(packet):
                    yield from self._decode(packet)
        except av.error.FFmpegError as error:
            self.error, self.stopped = error, True
            yield from self._decode(None)

    def _is_before(self, packet: av.Packet[Any]) -> bool:
        if self._start is None or packet.pts is None or not packet.time_base:
            return False
        return (packet.pts + (packet.duration or 0)) * packet.time_base < self._start

    def _decode(self, packet: av.Packet[Any] | None) -> list[AudioFrame]:
        try:
            return self._stream.decode(packet)
        except av.error.FFmpegError as error:
            self.damaged += 1
            self.error = error
            return []


class ChannelBuffers:
    """The channels of one layout at 16 kHz, each in a buffer of its own, from frames of any format."""

    def __init__(
        self, layout: str, seconds: float | None, channels: int | None = None, limit_s: float | None = None
    ) -> None:
        """`seconds` is an estimate of the length, `channels` the number of buffers, if not that of the layout.

        What is later than `limit_s` is dropped.
        """
        self._limit = None if limit_s is None else round(limit_s * SAMPLE_RATE)
        self._layout = layout
        channels = channels or av.AudioLayout(layout).nb_channels
        self._buffers = [SampleBuffer(seconds, channels) for _ in range(channels)]
        self._resampler: Resampler | None = None
        self._position = 0

    def restart(self, start: float) -> None:
        """Flush the resampler; the next frame begins at `start` (seconds) and does not continue the last."""
        if self._resampler is not None:
            self._write(self._resampler.convert(None))
        self._resampler = None
        self._position = round(start * SAMPLE_RATE)

    def take(self, frame: AudioFrame, start: float) -> None:
        """Write the next frame, which begins at `start` (seconds)."""
        if self._resampler is None:
            self._resampler = Resampler(self._layout)
        self._write(self._resampler.convert(frame))

    def finish(self, is_complete: bool = False) -> Sequence[Stored]:
        """Return the samples of each channel; silent up to the limit, if the recording has more than that."""
        self.restart(0.0)
        for buffer in self._buffers:
            if is_complete and self._limit is not None and buffer.length < self._limit:
                buffer.write(self._limit - 1, np.zeros(1, np.float32))
        return [buffer.finish() for buffer in self._buffers]

    def _write(self, ready: Iterator[Samples]) -> None:
        for given in ready:
            end = given.shape[1] if self._limit is None else max(0, self._limit - self._position)
            samples = given[:, :end]
            for buffer, channel in zip(self._buffers, self._stored(samples), strict=True) if samples.size else ():
                buffer.write(self._position, channel)
            self._position += given.shape[1]

    def _stored(self, samples: Samples) -> Samples:
        """Return what to write of the channels."""
        return samples


class Mix(ChannelBuffers):
    """The mix of the channels of one layout, which `phase` sees before."""

    def __init__(self, layout: str, seconds: float | None, phase: PhaseCheck, limit_s: float | None = None) -> None:
        super().__init__(layout, seconds, channels=1, limit_s=limit_s)
        self._phase = phase

    def _stored(self, samples: Samples) -> Samples:
        self._phase.see(samples)
        return (self._phase.weights @ samples)[None]


class Excerpts(ChannelBuffers):
    """The channels of only those frames that begin within `spans` (start, end in seconds), one after the other."""

    def __init__(self, layout: str, spans: Spans) -> None:
        super().__init__(layout, None)
        self._spans = spans

    def restart(self, start: float) -> None:
        """Flush the resampler; the next frame is appended."""
        super().restart(start)
        self._position = self._buffers[0].length

    def take(self, frame: AudioFrame, start: float) -> None:
        """Write the next frame if it begins within a span."""
        if any(first <= start < last for first, last in self._spans):
            super().take(frame, start)
        else:
            self.restart(start)

    def finish(self, is_complete: bool = False) -> Sequence[Samples]:
        """Return the samples of each channel; those that are not finite are silent."""
        stored = super().finish()
        channels = [each.read(0, len(each)) if isinstance(each, SampleFile) else each for each in stored]
        return [np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0) for samples in channels]


class Placer:
    """Writes frames into buffers at their times, and joins consecutive ones without gaps."""

    def __init__(self, info: StreamInfo, buffers: Sequence[ChannelBuffers]) -> None:
        self._info, self._buffers = info, buffers
        self._format: tuple[str, str, int] | None = None
        self._shift = -info.origin
        self._rate_changed = False
        self.now = 0.0

    def place(self, frame: AudioFrame, after_loss: bool) -> None:
        """Write the next frame; after a lost packet (`after_loss`) its time counts, however close it is to the last."""
        jitter = 0.0 if after_loss else MAX_JITTER_S
        format = (frame.format.name, frame.layout.name, frame.sample_rate)
        start = self._start_of(frame)
        if format != self._format or abs(start - self.now) > jitter:
            self._format = format
            self.now = start
            for buffers in self._buffers:
                buffers.restart(start)
        for buffers in self._buffers:
            buffers.take(frame, self.now)
        self.now += frame.samples / frame.sample_rate

    def time_of(self, frame: AudioFrame) -> float:
        """Return when a frame starts by its own time, in seconds of the part; 0 if it has none."""
        return 0.0 if frame.time is None else frame.time - self._info.origin

    def _start_of(self, frame: AudioFrame) -> float:
        """Return when `frame` starts on the player's clock; after a jump of the clock, where the last frame ended."""
        self._rate_changed |= self._format is not None and self._format[2] != frame.sample_rate
        if frame.time is None or (self._rate_changed and self._info.clock is ClockKind.COUNTED):
            return self.now
        start = frame.time + self._shift
        end = self._info.end
        went_back = start < self.now - MAX_OVERLAP_S
        ran_away = end is not None and start > max(end, self.now) + MAX_BEYOND_END_S
        jumped = start > self.now + MAX_GAP_S
        if self._format is not None and (went_back or ran_away or jumped):
            self._shift += self.now - start
            return self.now
        return start
