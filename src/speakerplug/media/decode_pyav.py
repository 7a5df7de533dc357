"""Decoding with PyAV, which carries FFmpeg's libraries: packet by packet, so that damage costs no more than itself."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import av

from ..errors import MediaError
from ..waveform import SAMPLE_RATE
from .buffer import Track
from .probe import Sound, open_container
from .resample import MONO, Resampler

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer

    from ..system.progress import Progress
    from ..waveform import Samples

log = logging.getLogger("speakerplug")

# Frame times of sane files jitter by a millisecond or two; beyond this the sound is moved to where its time says.
MOST_JITTER_S = 0.05
# A frame that claims to lie before the last by more than this comes from a clock that was set back.
MOST_OVERLAP_S = 1.0
MOST_BEYOND_END_S = 10.0
SHORTFALL_S = 1.0
REPORT_EVERY_S = 5.0


def decode(path: Path, sound: Sound, progress: Progress | None, mix: bool = True) -> list[Samples]:
    """The samples of each channel, or of their mix alone: 16 kHz float32, each where its time says; gaps are silent.

    Logs one warning if packets were damaged or the sound ends early. Raises MediaError if nothing can be decoded.
    """
    placer = Placer(sound, MONO if mix else sound.layout)
    reported = 0.0
    with open_container(path) as container:
        reader = Reader(container, container.streams[sound.index])
        damaged = 0
        for frame in reader.frames():
            placer.place(frame, after_loss=reader.damaged > damaged)
            damaged = reader.damaged
            if progress is not None and placer.now > reported + REPORT_EVERY_S:
                reported = placer.now
                progress("decoding", reported, max(reported, sound.end or 0.0))
    channels = placer.finish()
    if not len(channels[0]):
        raise MediaError(
            f"Nothing of the sound in {path} can be decoded: it is damaged; copy or export it again."
        ) from reader.error
    _warn_of_damage(path, sound, reader.damaged, len(channels[0]) / SAMPLE_RATE)
    return channels


def _warn_of_damage(path: Path, sound: Sound, damaged: int, end: float) -> None:
    early = sound.stated and sound.end is not None and end < sound.end - max(SHORTFALL_S, 0.02 * sound.end)
    if early:
        log.warning("%s is cut off: its sound ends at %.1f s of %.1f s", path.name, end, sound.end)
    elif damaged:
        log.warning("%s is damaged: %d packets of sound could not be decoded and were left out", path.name, damaged)


class Reader:
    """The frames of a stream, whatever is broken around them; counts `damaged` packets and keeps the last `error`."""

    def __init__(self, container: InputContainer, stream: AudioStream) -> None:
        self._container = container
        self._stream = stream
        self.damaged = 0
        self.error: av.error.FFmpegError | None = None

    def frames(self) -> Iterator[AudioFrame]:
        """Every frame that can be decoded, in order."""
        try:
            for packet in self._container.demux(self._stream):
                yield from self._decode(packet)
        except av.error.FFmpegError as error:
            self.error = error
            yield from self._decode(None)

    def _decode(self, packet: av.Packet[AudioStream] | None) -> list[AudioFrame]:
        try:
            return self._stream.decode(packet)
        except av.error.FFmpegError as error:
            self.damaged += 1
            self.error = error
            return []


class Placer:
    """Puts frames onto tracks, one for each channel of `layout`, at the time that they carry, and joins them."""

    def __init__(self, sound: Sound, layout: str) -> None:
        self._sound, self._layout = sound, layout
        self._tracks = [Track(sound.end) for _ in range(av.AudioLayout(layout).nb_channels)]
        self._resampler: Resampler | None = None
        self._format: tuple[str, str, int] | None = None
        self._position = 0
        self._shift = -sound.origin
        self.now = 0.0

    def place(self, frame: AudioFrame, after_loss: bool) -> None:
        """Take the next frame in; `after_loss` of others its time counts, however near it is."""
        jitter = 0.0 if after_loss else MOST_JITTER_S
        format = (frame.format.name, frame.layout.name, frame.sample_rate)
        start = self._start_of(frame)
        if self._resampler is None or format != self._format or abs(start - self.now) > jitter:
            self._flush()
            self._resampler, self._format = Resampler(self._layout), format
            self._position = round(start * SAMPLE_RATE)
            self.now = start
        self._write(self._resampler.convert(frame))
        self.now += frame.samples / frame.sample_rate

    def finish(self) -> list[Samples]:
        """The whole tracks."""
        self._flush()
        return [track.finish() for track in self._tracks]

    def _start_of(self, frame: AudioFrame) -> float:
        """When `frame` starts on the player's clock; a clock that was set anew goes on from where it stood."""
        if frame.time is None:
            return self.now
        start = frame.time + self._shift
        end = self._sound.end
        went_back = start < self.now - MOST_OVERLAP_S
        ran_away = end is not None and start > max(end, self.now) + MOST_BEYOND_END_S
        if self._resampler is not None and (went_back or ran_away):
            self._shift += self.now - start
            return self.now
        return start

    def _flush(self) -> None:
        if self._resampler is not None:
            self._write(self._resampler.convert(None))

    def _write(self, ready: Iterator[Samples]) -> None:
        for samples in ready:
            for track, channel in zip(self._tracks, samples, strict=True):
                track.write(self._position, channel)
            self._position += samples.shape[1]
