"""A recording in any form (path, bytes, file object, samples): opened once, decoded once, mixed or by channel."""

from __future__ import annotations

import inspect
import io
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from numbers import Real
from pathlib import Path
from threading import RLock
from typing import IO, Any, Protocol, TypeAlias, cast, runtime_checkable

import numpy as np

from ..errors import MediaError, UsageError, insist, shown
from ..system.arguments import path_of
from ..system.progress import Progress
from .excerpts import MOST, spans_of
from .file import MediaFile, refuse_url
from .part import Part
from .tracks import AudioTrack, TrackChoice
from .waveform import SAMPLE_RATE, Samples, Waveform, array_of, refuse_infinite

RATES = (1_000, 768_000)
"""Minimum and maximum sample rate, in Hz."""


@runtime_checkable
class SampleArray(Protocol):
    """Samples as numpy arrays and torch tensors hold them: (n,) or (channels, n)."""

    @property
    def shape(self) -> Any:
        """Length of each dimension."""

    def __array__(self) -> Any:
        """Return a numpy array."""


@runtime_checkable
class BinaryFile(Protocol):
    """A file open in binary mode: in memory, on disk, or a stream that cannot seek."""

    def read(self, size: int = ..., /) -> bytes:
        """Return the next bytes."""


class Recording:
    """A recording: `name` without folder, `path` where it has one, and its audio, decoded when first asked for.

    Thread-safe: what one thread decoded serves all.
    """

    def __init__(self, source: MediaFile | Waveform | SampleArray, name: str = "", rate: int = SAMPLE_RATE) -> None:
        """`rate` is the sample rate of samples, in Hz. Use `of` for any other source."""
        insist("name", name, str, "a text")
        self.name = name
        self._rate = _checked_rate(rate)
        self.part = Part()
        self._whole_s = 0.0
        self._file = source if isinstance(source, MediaFile) else None
        self._mono = source if isinstance(source, Waveform) else None
        self._samples = array_of(() if self._file else self._mono.samples if self._mono else source)
        self._channels: tuple[Waveform, ...] = ()
        self._excerpts: list[Samples] = []
        self._lock = RLock()

    @classmethod
    def of(
        cls,
        source: Source,
        name: str = "",
        rate: int = SAMPLE_RATE,
        audio_track: int | str | None = None,
        language: str | None = None,
    ) -> Recording:
        """Return the recording of any source.

        `source` may be a path, the bytes of a media file, a file open in binary mode, a Waveform, or samples: (n,) or
        (channels, n), float or integer, at `rate` Hz. `name` is for sources without one. A file that cannot seek is
        copied to a temporary file. Of several audio tracks in a file, that with the number `audio_track` (from 1) or in
        that language (a code) is taken; without it the best one with speech, in `language` if there is one. Raises
        MediaError for a file that is missing or unreadable and for samples that are no audio, UsageError for a URL, for
        what is no recording, and for an invalid sample rate.
        """
        choice = TrackChoice(audio_track, language)
        if isinstance(source, Recording):
            source._prefer(choice)
            return source
        if isinstance(source, Waveform):
            refuse_infinite(source.file or source.samples)
            return cls(source, source.name)
        if isinstance(source, SampleArray):
            return cls(source, name, rate)
        file = _media_file(source, name)
        file.choice = choice
        file.check()
        return cls(file, file.name, rate)

    def cut(self, part: Part) -> Recording:
        """Return a part of the recording, of which no more is decoded; raises UsageError if samples end before it."""
        if part == self.part:
            return self
        if self._file is not None:
            cut = Recording(self._file.cut(part), self.name, self._rate)
        else:
            length = self._samples.shape[-1]
            first, last = part.samples(length, self._rate)
            if first >= last:
                raise part.error_beyond(length / self._rate, self.title)
            given = self._mono.read(first, last) if self._mono is not None else self._samples[..., first:last]
            cut = Recording(given, self.name, self._rate)
            cut._whole_s = length / self._rate
        cut.part = part
        return cut

    def duration(self, decoded_s: float) -> float:
        """Return the duration of all of the recording, of whose part so many seconds were decoded."""
        reached = self.part.start + decoded_s
        if self._file is None:
            return self._whole_s or reached
        ends_within = self.part.end is None or reached < self.part.end
        return reached if ends_within else max(reached, self._file.info.end or 0.0)

    @property
    def path(self) -> Path | None:
        """The path of the file; None for samples in memory and for streams."""
        return self._file.file if self._file is not None and isinstance(self._file.file, Path) else None

    @property
    def title(self) -> str:
        """The name of the recording in messages."""
        return self._file.title if self._file is not None else self.name or "The audio"

    @property
    def is_decoded(self) -> bool:
        """Whether `mono` returns without decoding."""
        return self._file is None or self._mono is not None

    @property
    def channel_count(self) -> int:
        """Number of channels, as `settle` finds them. Raises MediaError where there is no audio."""
        if self._file is not None:
            self.settle()
            return self._file.info.channels
        return len(self._samples) if self._samples.ndim == 2 else 1

    @property
    def track(self) -> tuple[AudioTrack, int] | None:
        """The audio track that is taken, and of how many; None for samples."""
        return None if self._file is None else (self._file.track, self._file.track_count)

    def require_audio(self) -> None:
        """Raise MediaError for what has no audio track, or not the one that is wanted."""
        if self._file is not None:
            _ = self._file.tracks

    def settle(self, progress: Progress | None = None) -> None:
        """Choose the audio track: of several, by decoding them until one has speech. Raises MediaError like `mono`."""
        if self._file is not None and len(self._file.tracks) > 1:
            self.mono(progress)

    def mono(self, progress: Progress | None = None) -> Waveform:
        """Return the mix of all channels, on the player's clock.

        `progress` is called as `progress("decoding", seconds_done, seconds_total)`. Damaged parts are silent, and
        a file that ends early is read as far as it goes, with one warning in the log. Raises MediaError for a file
        that is no recording or has no audio.
        """
        with self._lock:
            if self._mono is None and self._file is not None:
                self._mono, self._excerpts = self._spoken(self._file, progress)
            elif self._mono is None:
                self._mono = self._mixed()
            return self._mono

    def channels(self, progress: Progress | None = None) -> tuple[Waveform, ...]:
        """Return each channel, all of the same length, at their levels relative to each other; otherwise as `mono`."""
        with self._lock:
            self.settle(progress)
            if not self._channels:
                if self._file is None:
                    self._channels = tuple(map(self._waveform, np.atleast_2d(self._samples)))
                else:
                    self._channels = tuple(self._decoded(self._file, progress, mix=False)[0])
            return self._channels

    def excerpts(self, progress: Progress | None = None) -> list[Samples]:
        """Return excerpts of each channel from all over the recording, to detect what it is.

        A file is decoded as by `mono`. Empty for one channel, and for more than MOST.
        """
        self.settle(progress)
        if not 2 <= self.channel_count <= MOST:
            return [np.zeros(0, np.float32)] * self.channel_count
        if self._file is None:
            spans = spans_of(self._samples.shape[1] / self._rate)
            parts = [self._samples[:, round(a * self._rate) : round(b * self._rate)] for a, b in spans]
            return [self._waveform(row).samples for row in np.concatenate(parts, axis=1)]
        self.mono(progress)
        return self._excerpts

    def _spoken(self, file: MediaFile, progress: Progress | None) -> tuple[Waveform, list[Samples]]:
        """Return the mix of a file's best track with speech, and its excerpts."""
        from .spoken_track import take_spoken

        def decode() -> tuple[Waveform, list[Samples]]:
            """Decode the track that is taken."""
            (mono,), excerpts = self._decoded(file, progress, mix=True)
            return mono, excerpts

        return take_spoken(file, decode, lambda decoded: decoded[0])

    def _decoded(
        self, file: MediaFile, progress: Progress | None, mix: bool
    ) -> tuple[Sequence[Waveform], list[Samples]]:
        from .decode import decode

        channels, excerpts = decode(file, progress, mix)
        return [Waveform.stored(samples, self.name, self.part.start) for samples in channels], excerpts

    def _mixed(self) -> Waveform:
        """Return the mix of samples, whose channels are inverted where they would cancel."""
        if self._samples.ndim == 2 and 2 <= len(self._samples) <= MOST:
            from .decode import mixed_in_phase

            return mixed_in_phase(self._samples, self.channels, self.title) or self._waveform(self._samples)
        return self._waveform(self._samples)

    def _prefer(self, choice: TrackChoice) -> None:
        """Adopt a choice of the audio track, unless there was one or the file was opened."""
        if self._file is not None:
            self._file.prefer(choice)

    def _waveform(self, samples: Any) -> Waveform:
        waveform = Waveform.of(samples, self.name)
        if self._rate == SAMPLE_RATE:
            return replace(waveform, start=self.part.start) if self.part.start else waveform
        from .resample import resampled

        return Waveform.stored(resampled(waveform, int(self._rate)), self.name, self.part.start)


Source: TypeAlias = (
    str
    | os.PathLike[str]
    | os.PathLike[bytes]
    | bytes
    | bytearray
    | memoryview
    | BinaryFile
    | SampleArray
    | Waveform
    | Recording
)
"""Anything that `Recording.of` accepts."""


def read_waveform(source: Source, progress: Progress | None = None) -> Waveform:
    """Return the audio of a recording (audio or video), on the player's clock.

    Takes the audio stream that a player would choose, and mixes its channels to one. Otherwise as `Recording.mono`.
    """
    return Recording.of(source).mono(progress)


def _checked_rate(rate: Any) -> int:
    """Return the sample rate. Raises UsageError for an invalid one."""
    lowest, highest = RATES
    number: Any = rate if isinstance(rate, Real) and not isinstance(rate, bool) else 0
    if not lowest <= number <= highest:
        raise UsageError(
            f"rate is {shown(rate)}; it must be a number from {lowest:,} to {highest:,}, in samples per second."
        )
    return int(number)


def _media_file(source: object, name: str) -> MediaFile:
    """Return the media file of a path, bytes or an open file."""
    if isinstance(source, (str, os.PathLike)):
        path = path_of(source, "The path of the recording")
        refuse_url(os.fsdecode(source))
        return MediaFile(path)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return MediaFile(io.BytesIO(bytes(source)), name)
    if isinstance(source, BinaryFile) and not inspect.iscoroutinefunction(source.read):
        known = getattr(source, "name", None)
        name = name or (Path(known).name if isinstance(known, str) else "")
        return MediaFile(_seekable(source, name or "The audio"), name)
    raise UsageError(
        f"Something of type {type(source).__name__} is not a recording: give a path, the bytes of a media file, a file "
        "open in binary mode, samples as a numpy array or a torch tensor, or a speakerplug.Waveform."
    )


def _seekable(file: BinaryFile, title: str) -> IO[bytes]:
    """Return `file`, or where it cannot seek a copy of its rest in a temporary file."""
    seekable = getattr(file, "seekable", None)  # SpooledTemporaryFile has it from Python 3.11 on
    try:
        is_text = isinstance(file.read(0), str)
        if is_text or (seekable() if callable(seekable) else hasattr(file, "seek") and hasattr(file, "tell")):
            held = cast("IO[bytes]", file)
        else:
            held = tempfile.TemporaryFile()  # noqa: SIM115 - closed when its last user drops it
            shutil.copyfileobj(file, held)
    except (OSError, ValueError, TypeError) as error:
        raise MediaError(f"{title} cannot be read ({error}): open it again, in binary mode.") from error
    if is_text:
        raise UsageError(f'{title} is open as text: open it in binary mode, "rb".')
    return held
