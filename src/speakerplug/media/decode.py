"""Decode a media file to samples in one pass, with PyAV and the FFmpeg that its wheel includes."""

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
    """Return the samples of each channel of the main audio stream, or of their mix, and with a mix also excerpts.

    16 kHz float32 in -1 .. 1. The excerpts are one array per channel, of the spans that `excerpt_spans` chooses. Raises
    MediaError for a file without audio that can be decoded.
    """
    from . import decode_pyav
    from .excerpts import excerpt_spans

    spans = excerpt_spans(media.info) if mix else ()
    try:
        channels, excerpts = decode_pyav.decode(media, progress, mix, spans)
    except OSError as error:  # of a caller's file object, or of the disk
        raise MediaError(f"{media.title} cannot be read to its end ({error}): try again.") from error
    media.close()
    if progress is not None:
        seconds = len(channels[0]) / SAMPLE_RATE
        progress("decoding", seconds, seconds)
    _fit(channels, media.name or media.title)
    return channels, excerpts


def _fit(channels: list[Samples], name: str) -> None:
    """Replace samples that are not finite, and scale all channels down alike where one exceeds full scale; in place."""
    peak = _peak(channels)
    if not np.isfinite(peak):
        log.warning("%s has samples that are not finite numbers; they were replaced by silence", name)
        for samples in channels:
            np.nan_to_num(samples, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
        peak = _peak(channels)
    if peak > 1.0:
        for samples in channels:
            samples /= peak


def _peak(channels: list[Samples]) -> float:
    """Return the largest absolute value; NaN where any sample is NaN."""
    return float(np.max([np.maximum(samples.max(), -samples.min()) for samples in channels]))
