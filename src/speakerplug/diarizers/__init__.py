"""Diarizers: sound in, turns out. The built-in one runs any pipeline of pyannote.audio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..plugin.hooks import RegisterDiarizer, hookimpl

if TYPE_CHECKING:
    from ..devices import DeviceManager
    from ..plugin.roles import DiarizationRequest, Diarizer, DiarizerSettings
    from ..system.progress import Progress
    from ..transcript import Diarization
    from ..waveform import Waveform
    from .artifacts import Artifacts, load_artifacts

__all__ = ["Artifacts", "load_artifacts"]


@hookimpl
def register_diarizers(register: RegisterDiarizer) -> None:
    """Offer pyannote's open pipeline and pyannoteAI's by their short names, and any other of pyannote.audio."""
    register("community-1", _community, description="pyannote.audio's open pipeline; needs a hub token once")
    register("pyannote", _pyannote, description="any pyannote.audio pipeline: name its hub id, folder or config.yaml")
    register("precision-2", _precision, description="pyannoteAI's cloud: uploads the sound; needs PYANNOTEAI_API_KEY")


@hookimpl(trylast=True)
def diarize(
    waveform: Waveform, diarizer: Diarizer, request: DiarizationRequest, devices: DeviceManager, progress: Progress
) -> Diarization:
    """Run the chosen diarizer."""
    return diarizer.diarize(waveform, request, devices, progress)


def _community(settings: DiarizerSettings) -> Diarizer:
    from .pyannote.pretrained import COMMUNITY, pretrained

    return pretrained(COMMUNITY, settings, name="community-1")


def _pyannote(settings: DiarizerSettings) -> Diarizer:
    from .pyannote.pretrained import COMMUNITY, configured, pretrained

    if not isinstance(settings.source, str):
        return configured(settings.source, settings)
    return pretrained(settings.source or COMMUNITY, settings)


def _precision(settings: DiarizerSettings) -> Diarizer:
    from .cloud import CloudDiarizer

    return CloudDiarizer(settings)


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """Import what needs numpy when it is first used: this module is imported for its registrations, always."""
        if name in __all__:
            from . import artifacts

            return getattr(artifacts, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
