"""The entry point `bundled`; it imports nothing heavy until a factory is called."""

from __future__ import annotations

from collections.abc import Callable

from speakerplug.plugin import Diarizer, DiarizerRegistration, DiarizerSettings, ModelRegistration, hookimpl

from .pipeline import PARAMETERS
from .whisper import has_base, locate_base, locate_tiny_en

TINY_EN = ModelRegistration(
    name="tiny.en",
    recognizer="faster-whisper",
    locate=locate_tiny_en,
    languages=("en",),
    rank=10,
    description="Whisper tiny.en: English, small and fast",
)
BASE = ModelRegistration(
    name="base",
    recognizer="faster-whisper",
    locate=locate_base,
    rank=20,
    description="Whisper base: 99 languages",
)


def bundled_diarizer(settings: DiarizerSettings) -> Diarizer:
    """Return a diarizer with the bundled pipeline; it uses only the parameters of the settings."""
    from speakerplug.diarizers.pyannote import PyannoteDiarizer

    from .pipeline import load_pipeline

    return PyannoteDiarizer("bundled", load_pipeline, key="speakerplug-bundled", settings=settings)


@hookimpl
def register_diarizers(register: Callable[[DiarizerRegistration], None]) -> None:
    """Register the bundled diarization pipeline."""
    register(
        DiarizerRegistration(
            "bundled",
            bundled_diarizer,
            description="segmentation-3.0 and CAM++: no hub, no token",
            rank=10,
            parameters=[f"{group}.{name}" for group, names in PARAMETERS.items() for name in names],
        )
    )


@hookimpl
def register_models(register: Callable[[ModelRegistration], None]) -> None:
    """Register the Whisper models whose packages are installed."""
    register(TINY_EN)
    if has_base():
        register(BASE)
