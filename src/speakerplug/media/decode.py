"""From a media file to samples: look inside, then decode with torchcodec, or with PyAV where that cannot serve."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ..system.progress import Progress
    from ..waveform import Samples

log = logging.getLogger("speakerplug")


def decode(path: Path, progress: Progress | None = None, mix: bool = True) -> list[Samples]:
    """The samples of each channel of the file's main audio stream, or of their mix alone: 16 kHz, float32, full scale.

    Raises MediaError for a file that holds no sound that can be decoded.
    """
    from ..waveform import SAMPLE_RATE
    from . import decode_pyav, decode_torchcodec
    from .probe import probe

    sound = probe(path)
    channels = decode_torchcodec.decode(path, sound, progress, mix)
    if channels is None:
        channels = decode_pyav.decode(path, sound, progress, mix)
    if progress is not None:
        seconds = len(channels[0]) / SAMPLE_RATE
        progress("decoding", seconds, seconds)
    _fit(channels, path)
    return channels


def _fit(channels: list[Samples], path: Path) -> None:
    """Make the samples finite and, where one went beyond full scale, all quieter; changed in place."""
    peak = _peak(channels)
    if not np.isfinite(peak):
        log.warning("%s holds samples that are not finite; they were made silent", path.name)
        for samples in channels:
            np.nan_to_num(samples, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
        peak = _peak(channels)
    if peak > 1.0:
        for samples in channels:
            samples /= peak


def _peak(channels: list[Samples]) -> float:
    """The largest value; not a number where there is one that is none."""
    return float(np.max([np.maximum(samples.max(), -samples.min()) for samples in channels]))
