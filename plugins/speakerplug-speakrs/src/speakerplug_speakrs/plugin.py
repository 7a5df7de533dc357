"""The entry point `speakrs`; it imports nothing heavy until a factory is called."""

from __future__ import annotations

from collections.abc import Callable

from speakerplug.plugin import Diarizer, DiarizerRegistration, DiarizerSettings, hookimpl

from .models import MODELS, is_speakrs
from .parameters import NAMES
from .wheel import why_missing


@hookimpl
def register_diarizers(register: Callable[[DiarizerRegistration], None]) -> None:
    """Register speakrs."""
    register(
        DiarizerRegistration(
            "speakrs",
            speakrs_diarizer,
            description="community-1's networks in Rust, on the CPU or on CUDA without torch",
            needs=("network once",),
            parameters=NAMES,
            takes=is_speakrs,
            is_cached=is_ready,
            check=why_not,
            fetch=MODELS.fetch,
        )
    )


def speakrs_diarizer(settings: DiarizerSettings) -> Diarizer:
    """Return the diarizer."""
    from .diarizer import SpeakrsDiarizer

    return SpeakrsDiarizer(settings)


def is_ready(settings: DiarizerSettings) -> bool:
    """Return whether its wheel is installed and its models are on this machine."""
    return why_missing() is None and MODELS.is_cached(settings)


def why_not(settings: DiarizerSettings) -> str | None:
    """Return why it cannot run now, or None if it can once its models are fetched."""
    return why_missing() or MODELS.why_not(settings)
