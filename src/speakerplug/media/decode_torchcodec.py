"""Decoding with torchcodec, which is fast, on FFmpeg's libraries as the system has them."""

from __future__ import annotations

import functools
import importlib
import logging
from os import SEEK_END, SEEK_SET
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from ..devices.torch_state import prepare_import
from ..waveform import SAMPLE_RATE

if TYPE_CHECKING:
    from ..system.progress import Progress
    from ..waveform import Samples
    from .file import MediaFile

log = logging.getLogger("speakerplug")

# It joins all samples in one go, which takes twice their memory: longer recordings are left to PyAV, which streams.
LONGEST_S = 3 * 3600
# It ignores what frames say about their time: a sum that is off by more than this has gaps or damage in it.
MOST_DIFFERENCE_S = 0.1


def decode(media: MediaFile, progress: Progress | None = None, mix: bool = True) -> list[Samples] | None:
    """The samples of each channel, or of their mix alone, 16 kHz float32; None where it cannot, or not faithfully."""
    sound = media.sound
    if sound.end is None or sound.end * (1 if mix else sound.channels) > LONGEST_S:
        return None
    decoder = audio_decoder()
    if decoder is None:
        return None
    try:
        with media.reading() as held:
            file = ReportingFile(held, sound.end)
            stream = decoder(file, stream_index=sound.index, sample_rate=SAMPLE_RATE, num_channels=1 if mix else None)
            file.progress = progress
            played = stream.get_samples_played_in_range(sound.origin)
    except RuntimeError as error:
        log.debug("torchcodec cannot decode %s: %s", media.title, error)
        return None
    if not mix and len(played.data) != sound.channels:
        return None
    aligned = [_aligned(channel.numpy(), played.pts_seconds - sound.origin, sound.end) for channel in played.data]
    faithful = [channel for channel in aligned if channel is not None]
    return faithful if len(faithful) == len(aligned) else None


def _aligned(samples: Samples, start: float, end: float) -> Samples | None:
    """The samples on the player's clock, or None if they are not as many as the file says."""
    if not len(samples) or abs(start + len(samples) / SAMPLE_RATE - end) > MOST_DIFFERENCE_S:
        return None
    offset = round(start * SAMPLE_RATE)
    if offset <= 0:
        return samples[-offset:]
    return np.concatenate([np.zeros(offset, np.float32), samples])


@functools.cache
def audio_decoder() -> Any | None:
    """torchcodec's decoder class; None where it is missing, broken or finds no FFmpeg; tried once, as it is slow."""
    prepare_import()
    try:
        torchcodec = importlib.import_module("torchcodec")
    except (ImportError, OSError, RuntimeError) as error:
        log.info("torchcodec cannot be imported, so recordings are decoded with PyAV (speakerplug doctor says why)")
        log.debug("torchcodec cannot be imported: %s", error)
        return None
    if getattr(torchcodec, "ffmpeg_major_version", None) is None:
        log.info("torchcodec finds no FFmpeg libraries, so recordings are decoded with PyAV")
        return None
    return torchcodec.decoders.AudioDecoder


class ReportingFile:
    """A file that tells how far it has been read, in seconds of its sound, as it is the only sign of life there is.

    Set `progress` once the container is opened: until then its reader looks here and there.
    """

    progress: Progress | None = None

    def __init__(self, file: IO[bytes], seconds: float) -> None:
        self._file = file
        self._size = file.seek(0, SEEK_END)
        self._seconds = seconds
        self._reported = 0.0
        file.seek(0)

    def seek(self, offset: int, whence: int = SEEK_SET, /) -> int:
        """Go elsewhere."""
        return self._file.seek(offset, whence)

    def read(self, size: int = -1, /) -> bytes:
        """Read on, and report every fiftieth part of the way."""
        data = self._file.read(size)
        part = self._file.tell() / self._size
        if self.progress is not None and part > self._reported + 0.02:
            self._reported = part
            self.progress("decoding", part * self._seconds, self._seconds)
        return data
