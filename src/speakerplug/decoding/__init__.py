"""From a media file to samples: look inside, then decode with torchcodec, or with PyAV where that cannot serve."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ..stages import Progress
    from ..waveform import Samples

log = logging.getLogger("speakerplug")


def decode(path: Path, progress: Progress | None = None) -> Samples:
    """The samples of the file's main audio stream: 16 kHz, mono, float32, at most full scale.

    Raises MediaError for a file that holds no sound that can be decoded.
    """
    from ..waveform import SAMPLE_RATE
    from . import with_pyav, with_torchcodec
    from .probing import probe

    sound = probe(path)
    samples = with_torchcodec.decode(path, sound, progress)
    if samples is None:
        samples = with_pyav.decode(path, sound, progress)
    if progress is not None:
        seconds = len(samples) / SAMPLE_RATE
        progress("decoding", seconds, seconds)
    return _fitted(samples, path)


def _fitted(samples: Samples, path: Path) -> Samples:
    """The samples made finite and, where a downmix went beyond full scale, quieter; changed in place."""
    peak = max(samples.max(), -samples.min())
    if not np.isfinite(peak):
        log.warning("%s holds samples that are not finite; they were made silent", path.name)
        np.nan_to_num(samples, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
        peak = max(samples.max(), -samples.min())
    if peak > 1.0:
        samples /= peak
    return samples
