"""From a media file to samples: decode with torchcodec, or with PyAV where that cannot serve; in one pass."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np

from ..errors import MediaError
from ..waveform import SAMPLE_RATE

if TYPE_CHECKING:
    from ..system.progress import Progress
    from ..waveform import Samples
    from .file import MediaFile

log = logging.getLogger("speakerplug")


def decode(media: MediaFile, progress: Progress | None = None, mix: bool = True) -> tuple[list[Samples], list[Samples]]:
    """Return the samples of each channel of the main audio stream, or of their mix alone, and of a mix excerpts.

    16 kHz, float32, full scale. The excerpts are of each channel, as `excerpt_spans` says. Raises MediaError for a file
    that holds no sound that can be decoded.
    """
    from . import decode_pyav, decode_torchcodec
    from .excerpts import excerpt_spans

    spans = excerpt_spans(media.sound) if mix else ()
    excerpts: list[Samples] = []
    # torchcodec gives one layout in a pass. With the same FFmpeg PyAV's samples are the same, a fifth later.
    channels = None if spans else decode_torchcodec.decode(media, progress, mix)
    if channels is None:
        try:
            channels, excerpts = decode_pyav.decode(media, progress, mix, spans)
        except OSError as error:  # of a file that a program holds, or of the disk
            raise MediaError(f"{media.title} cannot be read to its end ({error}): try again.") from error
    media.close()
    if progress is not None:
        seconds = len(channels[0]) / SAMPLE_RATE
        progress("decoding", seconds, seconds)
    _fit(channels, media.name or media.title)
    return channels, excerpts


def _fit(channels: list[Samples], name: str) -> None:
    """Make the samples finite and, where one went beyond full scale, all quieter; changed in place."""
    peak = _peak(channels)
    if not np.isfinite(peak):
        log.warning("%s holds samples that are not finite; they were made silent", name)
        for samples in channels:
            np.nan_to_num(samples, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
        peak = _peak(channels)
    if peak > 1.0:
        for samples in channels:
            samples /= peak


def _peak(channels: list[Samples]) -> float:
    """The largest value; not a number where there is one that is none."""
    return float(np.max([np.maximum(samples.max(), -samples.min()) for samples in channels]))
