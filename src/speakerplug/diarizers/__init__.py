"""Diarizers: audio in, turns out. The built-in one runs any pipeline of pyannote.audio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..plugin.hooks import hookimpl
from .pyannote.plugin import register_diarizers as register_diarizers

if TYPE_CHECKING:
    from ..devices import DeviceManager
    from ..media.waveform import Waveform
    from ..plugin.roles import DiarizationRequest, Diarizer
    from ..system.progress import Progress
    from ..transcript import Diarization
    from .artifacts import Artifacts, load_artifacts

__all__ = ["Artifacts", "load_artifacts"]


@hookimpl(trylast=True)
def diarize(
    waveform: Waveform, diarizer: Diarizer, request: DiarizationRequest, devices: DeviceManager, progress: Progress
) -> Diarization:
    """Run the chosen diarizer."""
    return diarizer.diarize(waveform, request, devices, progress)


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """Import the names that need numpy when they are first used: registrations import this module early."""
        if name in __all__:
            from . import artifacts

            return getattr(artifacts, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
