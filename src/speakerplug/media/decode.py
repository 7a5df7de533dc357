"""Decode a media file to samples in one pass, with PyAV and the FFmpeg that its wheel includes."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from ..errors import MediaError
from ..waveform import SAMPLE_RATE, SampleFile, blocks_of

if TYPE_CHECKING:
    from ..system.progress import Progress
    from ..waveform import Samples, Stored
    from .file import MediaFile

log = logging.getLogger("speakerplug")


def decode(media: MediaFile, progress: Progress | None = None, mix: bool = True) -> tuple[list[Stored], list[Samples]]:
    """Return the samples of each channel of the main audio stream, or of their mix, and with a mix also excerpts.

    16 kHz float32 in -1 .. 1, in a temporary file if the recording is long. The excerpts are one array per channel, of
    the spans that `excerpt_spans` chooses. Raises MediaError for a file without audio that can be decoded.
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


def _fit(channels: list[Stored], name: str) -> None:
    """Replace samples that are not finite, and scale all channels down alike where one exceeds full scale; in place."""
    peak = _peak(channels)
    if not np.isfinite(peak):
        log.warning("%s has samples that are not finite numbers; they were replaced by silence", name)
        _change(channels, lambda samples: np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0))
        peak = _peak(channels)
    if peak > 1.0:
        _change(channels, lambda samples: samples / np.float32(peak))


def _change(channels: list[Stored], change: Callable[[Samples], Samples]) -> None:
    """Change all samples in place, block by block."""
    for channel in channels:
        for first, samples in blocks_of(channel):
            if isinstance(channel, SampleFile):
                channel.write(first, change(samples))
            else:
                samples[:] = change(samples)


def _peak(channels: list[Stored]) -> float:
    """Return the largest absolute value; NaN where any sample is NaN."""
    blocks = (samples for channel in channels for _, samples in blocks_of(channel))
    return float(np.max([np.maximum(samples.max(), -samples.min()) for samples in blocks]))
