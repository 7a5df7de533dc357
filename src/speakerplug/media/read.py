"""The audio of a recording in one call: its channels mixed, or each for itself."""

from __future__ import annotations

from ..system.progress import Progress
from ..waveform import Waveform
from .recording import Recording, Source


def read_waveform(source: Source, progress: Progress | None = None) -> Waveform:
    """Return the audio of a recording, video or audio, on the clock that a player shows for it.

    Of several audio streams the one that a player would choose is taken; channels are mixed to one. Otherwise as
    `Recording.mono`.
    """
    return Recording.of(source).mono(progress)


def read_channels(source: Source, progress: Progress | None = None) -> tuple[Waveform, ...]:
    """Return the audio of each channel of a recording, all equally long and on the same clock, with their levels."""
    return Recording.of(source).channels(progress)
