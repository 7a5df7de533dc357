"""The entry point `bundled`; it imports nothing heavy until a factory is called."""

from __future__ import annotations

from collections.abc import Callable

from speakerplug.plugin import Diarizer, DiarizerRegistration, DiarizerSettings, ModelRegistration, UsageError, hookimpl

from .pipeline import flat_parameters
from .whisper import has_base, locate_base, locate_tiny_en

TINY_EN = ModelRegistration(
    name="tiny.en",
    recognizer="faster-whisper",
    locate=locate_tiny_en,
    languages=("en",),
    rank=10,
    description="Whisper tiny.en: English, small and fast",
)
ENGINE = "engine"
"""A parameter of pyannote's pipelines, which is explained rather than unknown here."""
BASE = ModelRegistration(
    name="base",
    recognizer="faster-whisper",
    locate=locate_base,
    rank=20,
    description="Whisper base: 99 languages",
)


def bundled_diarizer(settings: DiarizerSettings) -> Diarizer:
    """Return a diarizer with the bundled networks, exact if the settings say so; it uses only their parameters.

    Raises UsageError for the parameter that chooses the engine of a pyannote pipeline.
    """
    if ENGINE in settings.parameters:
        raise UsageError("bundled runs in one pass, and exactly as pyannote with --exact; leave engine out.")
    if settings.exact:
        from speakerplug.diarizers.pyannote import PyannoteDiarizer

        from .pipeline import load_exact_pipeline

        return PyannoteDiarizer("bundled", load_exact_pipeline, key="speakerplug-bundled", settings=settings)
    from speakerplug.diarizers.single_pass import SinglePassDiarizer

    from .networks import load_networks

    return SinglePassDiarizer("bundled", load_networks, flat_parameters(), settings)


@hookimpl
def register_diarizers(register: Callable[[DiarizerRegistration], None]) -> None:
    """Register the bundled diarization pipeline."""
    register(
        DiarizerRegistration(
            "bundled",
            bundled_diarizer,
            description="segmentation-3.0 and CAM++: no hub, no token",
            rank=10,
            parameters=[*flat_parameters(), ENGINE],
        )
    )


@hookimpl
def register_models(register: Callable[[ModelRegistration], None]) -> None:
    """Register the Whisper models whose packages are installed."""
    register(TINY_EN)
    if has_base():
        register(BASE)
