"""What SpeakerPlug finds under the entry point `bundled`; it imports nothing heavy until a factory is called."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from speakerplug.plugin.hooks import hookimpl
from speakerplug.plugin.roles import ModelPack

from .whisper import has_base, locate_base, locate_tiny_en

if TYPE_CHECKING:
    from speakerplug.plugin.hooks import RegisterDiarizer
    from speakerplug.plugin.roles import Diarizer, DiarizerSettings

TINY_EN = ModelPack(
    name="tiny.en",
    recognizer="faster-whisper",
    locate=locate_tiny_en,
    languages=("en",),
    rank=10,
    description="Whisper tiny.en: English, small and quick",
)
BASE = ModelPack(
    name="base",
    recognizer="faster-whisper",
    locate=locate_base,
    rank=20,
    description="Whisper base: 99 languages",
)


def bundled_diarizer(settings: DiarizerSettings) -> Diarizer:
    """A diarizer on the bundled pipeline; of the settings only its parameters matter, for all is on this machine."""
    from speakerplug.diarizers.pyannote.diarizer import PyannoteDiarizer

    from .pipeline import load_pipeline

    return PyannoteDiarizer("bundled", load_pipeline, key="speakerplug-bundled", settings=settings)


@hookimpl
def register_diarizers(register: RegisterDiarizer) -> None:
    """Offer the bundled diarization pipeline."""
    register("bundled", bundled_diarizer, "segmentation-3.0 and CAM++: no hub, no token")


@hookimpl
def register_models(register: Callable[[ModelPack], None]) -> None:
    """Offer the Whisper models whose packages are installed."""
    register(TINY_EN)
    if has_base():
        register(BASE)
