"""Diarizers: sound in, turns out. The built-in one runs any pipeline of pyannote.audio."""

from __future__ import annotations

from ..devices import DeviceManager
from ..plugin.hooks import hookimpl
from ..plugin.roles import DiarizationRequest, Diarizer
from ..system.progress import Progress
from ..transcript import Diarization
from ..waveform import Waveform
from .pyannote.plugin import register_diarizers as register_diarizers


@hookimpl(trylast=True)
def diarize(
    waveform: Waveform, diarizer: Diarizer, request: DiarizationRequest, devices: DeviceManager, progress: Progress
) -> Diarization:
    """Run the chosen diarizer."""
    return diarizer.diarize(waveform, request, devices, progress)
