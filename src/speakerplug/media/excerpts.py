"""A look into a recording here and there: enough to tell what its channels are, at a small part of its cost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np

from .decode_pyav import Reader
from .probe import Sound, open_container, probe
from .resample import Resampler

if TYPE_CHECKING:
    from av.container import InputContainer

    from ..waveform import Samples


def channels_of(path: Path) -> int:
    """How many channels the sound of a recording has. Raises MediaError where there is none."""
    return probe(path).channels


def read_excerpts(path: Path, most: int, length_s: float) -> list[Samples]:
    """Each channel of at most `most` excerpts of `length_s` seconds of a recording, one after the other.

    Where nothing can be decoded the channels are empty. Raises MediaError for a file without sound.
    """
    sound = probe(path)
    found: list[Samples] = [np.zeros((sound.channels, 0), np.float32)]
    with open_container(path) as container:
        for start in _starts(sound.end, most, length_s):
            try:
                found += _excerpt(container, sound, start, length_s)
            except (av.error.FFmpegError, ValueError):  # a place that cannot be reached or is damaged
                continue
    return list(np.concatenate(found, axis=1))


def _starts(end: float | None, most: int, length_s: float) -> list[float]:
    """Where to look, evenly over the recording; only at its beginning where nobody knows its length."""
    count = 1 if end is None else int(np.clip(np.ceil(end / length_s), 1, most))
    return [float(start) for start in np.arange(count) * (end or 0.0) / count]


def _excerpt(container: InputContainer, sound: Sound, start: float, length_s: float) -> Iterator[Samples]:
    if start:
        container.seek(round((start + sound.origin) * av.time_base))
    stream = next(found for found in container.streams.audio if found.index == sound.index)
    reader = Reader(container, stream)
    resampler, seconds, format = Resampler(sound.layout), 0.0, None
    for frame in reader.frames():
        if format not in (None, (frame.format.name, frame.sample_rate, frame.layout.name)):
            return
        format = (frame.format.name, frame.sample_rate, frame.layout.name)
        yield from resampler.convert(frame)
        seconds += frame.samples / frame.sample_rate
        if seconds >= length_s:
            return
