"""Decode with torchcodec, which is fast and uses the FFmpeg libraries of the system."""

from __future__ import annotations

import functools
import importlib
import logging
from os import SEEK_END, SEEK_SET
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from ..devices.torch_state import prepare_import
from ..waveform import MAX_IN_MEMORY_S, SAMPLE_RATE

if TYPE_CHECKING:
    from ..system.progress import Progress
    from ..waveform import Samples
    from .file import MediaFile

log = logging.getLogger("speakerplug")

# It ignores the times of frames: a total length that is off by more than this means gaps or damage.
MAX_DIFFERENCE_S = 0.1


def decode(media: MediaFile, progress: Progress | None = None, mix: bool = True) -> list[Samples] | None:
    """Return the samples of each channel, or of their mix, 16 kHz float32; None where it cannot decode faithfully."""
    info = media.info
    # It joins all samples in memory at the end: longer recordings go to PyAV, which streams.
    if info.end is None or info.end * (1 if mix else info.channels) > MAX_IN_MEMORY_S:
        return None
    decoder = audio_decoder()
    if decoder is None:
        return None
    try:
        with media.reading() as held:
            file = ReportingFile(held, info.end)
            stream = decoder(file, stream_index=info.index, sample_rate=SAMPLE_RATE, num_channels=1 if mix else None)
            file.progress = progress
            played = stream.get_samples_played_in_range(info.origin)
    except RuntimeError as error:
        log.debug("torchcodec cannot decode %s: %s", media.title, error)
        return None
    if not mix and len(played.data) != info.channels:
        return None
    aligned = [_aligned(channel.numpy(), played.pts_seconds - info.origin, info.end) for channel in played.data]
    faithful = [channel for channel in aligned if channel is not None]
    return faithful if len(faithful) == len(aligned) else None


def _aligned(samples: Samples, start: float, end: float) -> Samples | None:
    """Return the samples on the player's clock, or None if their number differs from what the file states."""
    if not len(samples) or abs(start + len(samples) / SAMPLE_RATE - end) > MAX_DIFFERENCE_S:
        return None
    offset = round(start * SAMPLE_RATE)
    if offset <= 0:
        return samples[-offset:]
    return np.concatenate([np.zeros(offset, np.float32), samples])


@functools.cache
def audio_decoder() -> Any | None:
    """Return torchcodec's decoder class, or None without torchcodec or FFmpeg; tried once, as the import is slow."""
    prepare_import()
    try:
        torchcodec = importlib.import_module("torchcodec")
    except (ImportError, OSError, RuntimeError) as error:
        log.info("torchcodec cannot be imported, so recordings are decoded with PyAV (speakerplug doctor says why)")
        log.debug("torchcodec cannot be imported: %s", error)
        return None
    if getattr(torchcodec, "ffmpeg_major_version", None) is None:
        log.info("torchcodec finds no FFmpeg libraries, so recordings are decoded with PyAV.")
        return None
    return torchcodec.decoders.AudioDecoder


class ReportingFile:
    """A file that reports how far it was read, in seconds of audio; torchcodec reports no progress itself.

    Set `progress` once the container is opened: until then it seeks back and forth.
    """

    progress: Progress | None = None

    def __init__(self, file: IO[bytes], seconds: float) -> None:
        self._file = file
        self._size = file.seek(0, SEEK_END)
        self._seconds = seconds
        self._reported = 0.0
        file.seek(0)

    def seek(self, offset: int, whence: int = SEEK_SET, /) -> int:
        """Move to a position in the file."""
        return self._file.seek(offset, whence)

    def read(self, size: int = -1, /) -> bytes:
        """Read the next bytes, and report every 2 % of the file."""
        data = self._file.read(size)
        part = self._file.tell() / self._size
        if self.progress is not None and part > self._reported + 0.02:
            self._reported = part
            self.progress("decoding", part * self._seconds, self._seconds)
        return data
