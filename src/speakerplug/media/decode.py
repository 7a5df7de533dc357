"""Decode a media file to samples in one pass, with PyAV and the FFmpeg that its wheel includes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import MediaError
from .waveform import SAMPLE_RATE, SampleFile, Waveform, blocks_of

if TYPE_CHECKING:
    from ..system.progress import Progress
    from .file import MediaFile
    from .waveform import Samples, Stored

_BLOCK = 60 * SAMPLE_RATE

log = logging.getLogger("speakerplug")


def decode(media: MediaFile, progress: Progress | None = None, mix: bool = True) -> tuple[list[Stored], list[Samples]]:
    """Return the samples of each channel of the main audio stream, or of their mix, and with a mix also excerpts.

    16 kHz float32 in -1 .. 1, in a temporary file if the recording is long. The excerpts are one array per channel, of
    the spans that `excerpt_spans` chooses. Raises MediaError for a file without audio that can be decoded.
    """
    from . import decode_pyav
    from .excerpts import excerpt_spans
    from .phase import PhaseCheck, mix_weights

    spans = excerpt_spans(media.part_info) if mix else ()
    phase = PhaseCheck(mix_weights(media.info.layout)) if spans else None
    try:
        channels, excerpts = decode_pyav.decode(media, progress, mix, spans, phase)
        if phase is not None and phase.is_suspicious:
            channels = _in_phase(media, phase.weights, progress) or channels
    except OSError as error:  # of a caller's file object, or of the disk
        raise MediaError(f"{media.title} cannot be read to its end ({error}): try again.") from error
    media.close()
    if progress is not None:
        seconds = len(channels[0]) / SAMPLE_RATE
        progress("decoding", seconds, seconds)
    _fit(channels, media.name or media.title)
    return channels, excerpts


def _in_phase(media: MediaFile, weights: Samples, progress: Progress | None) -> list[Stored] | None:
    """Return the mix of the channels with their speech in phase, and say so; None if the plain mix is right."""
    from . import decode_pyav

    channels, _ = decode_pyav.decode(media, progress, mix=False, again=True)
    waveforms = [Waveform.stored(channel, start=media.part.start) for channel in channels]
    return _repaired(waveforms, weights, media.name or media.title)


def _repaired(channels: Sequence[Waveform], weights: Samples, name: str) -> list[Stored] | None:
    from .phase import in_phase

    found = in_phase(channels, weights)
    if found is None:
        return None
    log.info("%s", found.explained(name, channels[0].start))
    return [found.mix]


def mixed_in_phase(samples: Any, channels: Callable[[], Sequence[Waveform]], title: str) -> Waveform | None:
    """Return the mix of samples, shape (channels, n), with their speech in phase; None if their mean is right.

    `channels` returns them at 16 kHz.
    """
    from .phase import PhaseCheck

    phase = PhaseCheck(np.full(len(samples), 1 / len(samples), np.float32))
    for first in range(0, samples.shape[1], _BLOCK):
        phase.see(np.stack([Waveform.of(row[first : first + _BLOCK]).samples for row in samples]))
    found = _repaired(channels(), phase.weights, title) if phase.is_suspicious else None
    return None if found is None else Waveform.stored(found[0], channels()[0].name, channels()[0].start)


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
